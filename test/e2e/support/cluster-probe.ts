/** What runs in the cluster of a test: a small image, pods of it, and policies for them. */
import { type Container, dag } from "@dagger.io/dagger";

import { outsideImage } from "./slipway.ts";

/** Image that no registry has. */
export const PROBE = "registry.invalid/probe:sha-1";

/**
 * Serves its name, looks up names, asks servers and writes files, each with a bound of a few seconds. As buildctl it relays
 * its input and output to an engine, as `buildctl dial-stdio` does.
 */
const PROGRAM = `package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"time"
)

func main() {
	var err error
	switch path.Base(os.Args[0]) + " " + os.Args[1] {
	case "buildctl dial-stdio":
		err = relay(os.Getenv("ENGINE"))
	default:
		err = probe()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func relay(address string) error {
	engine, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	go func() {
		io.Copy(engine, os.Stdin)
		engine.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, engine)
	return err
}

func probe() error {
	var err error
	switch os.Args[1] {
	case "serve":
		err = http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Args[2]) }))
	case "get":
		client := http.Client{Timeout: 3 * time.Second}
		var answer *http.Response
		if answer, err = client.Get(os.Args[2]); err == nil {
			io.Copy(os.Stdout, answer.Body)
		}
	case "lookup":
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var found []string
		found, err = net.DefaultResolver.LookupHost(ctx, os.Args[2])
		fmt.Print(found)
	case "write":
		err = os.WriteFile(os.Args[2], []byte("kept"), 0o600)
	case "read":
		var content []byte
		content, err = os.ReadFile(os.Args[2])
		fmt.Print(string(content))
	}
	return err
}
`;

/** An image of one program, made in the engine. */
export async function probeImage(): Promise<Container> {
  const built = (await outsideImage("golang"))
    .withWorkdir("/probe")
    .withNewFile("main.go", PROGRAM)
    .withNewFile("go.mod", "module probe.invalid\n\ngo 1.26\n")
    .withEnvVariable("CGO_ENABLED", "0")
    .withExec(["go", "build", "-o", "/out/probe", "."])
    .file("/out/probe");
  return dag
    .container()
    .withFile("/probe", built)
    .withSymlink("/probe", "/bin/buildctl")
    .withEntrypoint(["/probe"])
    .withAnnotation("io.containerd.image.name", PROBE);
}

/** A pod that serves its name on port 8080, restricted as far as a pod can be; with an engine it leads to that one, too. */
export function pod(name: string, options: { claim?: boolean; engine?: string } = {}): string {
  const mounts = options.claim === true ? "[{ name: data, mountPath: /data }]" : "[]";
  const volumes = options.claim === true ? "[{ name: data, persistentVolumeClaim: { claimName: data } }]" : "[]";
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: probe
      image: ${PROBE}
      imagePullPolicy: Never
      args: [serve, ${name}]
      env: [{ name: ENGINE, value: "${options.engine ?? ""}" }]
      volumeMounts: ${mounts}
      readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
      securityContext: { runAsNonRoot: true, runAsUser: 10001, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] }, seccompProfile: { type: RuntimeDefault } }
  volumes: ${volumes}
`;
}

/** The service of the pod `server`. */
export const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: server }
spec: { selector: { app: server }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;

/** A claim of the default class. */
export const CLAIM = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 16Mi } } }
`;

/** The server takes connections of the friend alone; the friend may ask names and the server, and nothing else. */
export const POLICIES = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: server }
spec:
  podSelector: { matchLabels: { app: server } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: friend } } }], ports: [{ port: 8080 }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: friend }
spec:
  podSelector: { matchLabels: { app: friend } }
  policyTypes: [Egress]
  egress:
    - to: [{ podSelector: { matchLabels: { app: server } } }]
    - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } } }]
      ports: [{ port: 53, protocol: UDP }, { port: 53 }]
`;
