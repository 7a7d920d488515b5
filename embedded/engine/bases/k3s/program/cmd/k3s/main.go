// Command k3s is one node of Kubernetes in one program: `k3s server` is the whole cluster, `k3s kubectl` its client.
// It is made of the upstream parts that k3s is made of, and takes the arguments of k3s that a caller needs.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"

	"slipway.invalid/k3s/cluster"
)

func main() {
	name := filepath.Base(os.Args[0])
	if name == "k3s" {
		if len(os.Args) < 2 {
			fail("usage: k3s server|kubectl [ARGUMENT...]")
		}
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	switch name {
	case "server":
		if err := cluster.Serve(os.Args[1:]); err != nil {
			fail("k3s: " + err.Error())
		}
	case "kubectl":
		if _, isSet := os.LookupEnv("KUBECONFIG"); !isSet {
			os.Setenv("KUBECONFIG", cluster.DefaultKubeconfig)
		}
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	default:
		fail(fmt.Sprintf("k3s: %q is not known here; known are server and kubectl", name))
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
