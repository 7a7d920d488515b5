package cluster

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	api "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apioptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	manageroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// The programs' own commands each want to be the one that hears signals, which only one in a process can be; so the
// parts are put together from what those commands are made of.

// runAPIServer serves the API until the context ends.
func runAPIServer(ctx context.Context, n *node) error {
	settings := apioptions.NewServerRunOptions()
	if err := parse(settings.Flags(), words(n.apiServerWords(), n.options.apiServer)); err != nil {
		return err
	}
	settings.SecureServing.Listener = n.listener
	if err := settings.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	completed, err := settings.Complete(ctx)
	if err != nil {
		return err
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return fmt.Errorf("kube-apiserver: %v", problems)
	}
	config, err := api.NewConfig(completed)
	if err != nil {
		return err
	}
	config.KubeAPIs.ControlPlane.Generic.DisabledPostStartHooks.Insert(policyHooks...)
	ready, err := config.Complete()
	if err != nil {
		return err
	}
	servers, err := api.CreateServerChain(ready)
	if err != nil {
		return err
	}
	prepared, err := servers.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

func (n *node) apiServerWords() map[string]string {
	return map[string]string{
		"advertise-address":                  n.address.String(),
		"allow-privileged":                   "true",
		"anonymous-auth":                     "false",
		"authorization-mode":                 "Node,RBAC",
		"client-ca-file":                     n.authority.file(),
		"enable-admission-plugins":           "NodeRestriction",
		"etcd-servers":                       storeAddress,
		"kubelet-certificate-authority":      n.authority.file(),
		"kubelet-client-certificate":         n.certificates.api.certFile,
		"kubelet-client-key":                 n.certificates.api.keyFile,
		"kubelet-preferred-address-types":    "InternalIP,ExternalIP,Hostname",
		"profiling":                          "false",
		"proxy-client-cert-file":             n.certificates.proxy.certFile,
		"proxy-client-key-file":              n.certificates.proxy.keyFile,
		"requestheader-allowed-names":        frontName,
		"requestheader-client-ca-file":       n.front.file(),
		"requestheader-extra-headers-prefix": "X-Remote-Extra-",
		"requestheader-group-headers":        "X-Remote-Group",
		"requestheader-username-headers":     "X-Remote-User",
		"service-account-issuer":             "https://kubernetes.default.svc." + clusterName,
		"service-account-key-file":           n.signingKey,
		"service-account-signing-key-file":   n.signingKey,
		"service-cluster-ip-range":           serviceRange,
		"tls-cert-file":                      n.certificates.api.certFile,
		"tls-private-key-file":               n.certificates.api.keyFile,
	}
}

// runControllerManager runs the controllers until the context ends.
func runControllerManager(ctx context.Context, n *node) error {
	settings, err := manageroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return err
	}
	known, disabled, aliases := manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
	sets := settings.Flags(known, disabled, aliases)
	settings.ParsedFlags = &sets
	// These two start the CSI plugin, which a process has once, for the node or for them: then the node has no name in it.
	// Volumes of this node are folders, which nobody attaches.
	without := ",-persistentvolume-attach-detach-controller,-selinux-warning-controller"
	own := map[string]string{
		"allocate-node-cidrs":              "true",
		"cluster-cidr":                     clusterRange,
		"cluster-signing-cert-file":        n.authority.file(),
		"cluster-signing-key-file":         n.authority.keyFile(),
		"configure-cloud-routes":           "false",
		"controllers":                      "*,tokencleaner,-service-lb-controller,-node-route-controller,-cloud-node-lifecycle-controller" + without,
		"kubeconfig":                       n.adminConfig,
		"leader-elect":                     "false",
		"profiling":                        "false",
		"root-ca-file":                     n.authority.file(),
		"secure-port":                      "0",
		"service-account-private-key-file": n.signingKey,
		"use-service-account-credentials":  "false",
	}
	if err := parse(sets, words(own, n.options.controllerManager)); err != nil {
		return err
	}
	config, err := settings.Config(ctx, known, disabled, aliases)
	if err != nil {
		return err
	}
	return manager.Run(ctx, config.Complete())
}

// runScheduler places pods until the context ends.
func runScheduler(ctx context.Context, n *node) error {
	settings := scheduleroptions.NewOptions()
	own := map[string]string{"kubeconfig": n.adminConfig, "leader-elect": "false", "profiling": "false", "secure-port": "0"}
	if err := parse(*settings.Flags, words(own, n.options.scheduler)); err != nil {
		return err
	}
	config, made, err := scheduler.Setup(ctx, settings)
	if err != nil {
		return err
	}
	return scheduler.Run(ctx, config, made)
}

func parse(sets cliflag.NamedFlagSets, arguments []string) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	return flags.Parse(arguments)
}
