/** Pods of the test itself, which run a program of this module in the middle of what is tested. */

/** A pod with one container. */
export type OwnPod = {
  readonly name: string;
  readonly namespace: string;
  /** Labels of a component, whose network policies the pod then is under. */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Most memory that it may use, as Kubernetes writes it. */
  readonly memory: string;
  /** Gives it /tmp to write to. */
  readonly scratch?: boolean;
};

/** The pod, as an object: it runs once, as nobody, and with no more rights than Pod Security "restricted" gives. */
export function ownPod(pod: OwnPod): object {
  const { name, namespace, labels, image, args, environment = {}, memory, scratch = false } = pod;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001 },
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          ...{ name: "program", image, imagePullPolicy: "Never", args },
          env: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
          resources: {
            requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "1Mi" },
            limits: { cpu: "1", memory, "ephemeral-storage": "16Mi" },
          },
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
            capabilities: { drop: ["ALL"] },
          },
          ...(scratch ? { volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] } : {}),
        },
      ],
      ...(scratch ? { volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Mi" } }] } : {}),
    },
  };
}
