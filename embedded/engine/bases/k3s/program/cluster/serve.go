package cluster

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"slipway.invalid/k3s/policy"
	"slipway.invalid/k3s/storage"
)

const apiStart = 2 * time.Minute

// Serve runs a cluster until the process is told to end or a part of it ends.
func Serve(arguments []string) error {
	read, err := parseOptions(arguments)
	if err != nil {
		return err
	}
	setUpLogs()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	parts := &parts{ended: make(chan error, 16), begin: time.Now()}
	go func() {
		if err := parts.start(context.Background(), read); err != nil {
			parts.ended <- err
		}
	}()
	select {
	case <-told:
		return nil
	case err := <-parts.ended:
		return err
	}
}

// parts are the running parts of a cluster; the first end of one is the end of all.
type parts struct {
	ended chan error
	begin time.Time
}

func (p *parts) run(ctx context.Context, name string, part func(context.Context) error) {
	klog.InfoS("Starting", "part", name, "after", time.Since(p.begin))
	go func() { p.ended <- fmt.Errorf("%s has ended: %w", name, orEnd(part(ctx))) }()
}

func (p *parts) start(ctx context.Context, o options) error {
	address, err := defaultAddress()
	if err != nil {
		return err
	}
	n, err := prepareNode(o, address)
	if err != nil {
		return err
	}
	if err := prepareNetwork(); err != nil {
		return err
	}
	runtimeEnded, err := startRuntime(n)
	if err != nil {
		return err
	}
	go func() { p.ended <- <-runtimeEnded }()
	imported := make(chan error, 1)
	go func() { imported <- importImages(ctx, o) }()
	if _, err := startStore(o.path("server", "db", "etcd")); err != nil {
		return err
	}
	p.run(ctx, "kube-apiserver", n.part(runAPIServer))
	access, err := clientcmd.BuildConfigFromFlags("", n.adminConfig)
	if err != nil {
		return err
	}
	access.QPS, access.Burst = 100, 200
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	if err := waitForAPI(ctx, client); err != nil {
		return err
	}
	return p.startOnAPI(ctx, n, access, client, imported)
}

// startOnAPI starts what asks the API for its work.
func (p *parts) startOnAPI(ctx context.Context, n *node, access *rest.Config, client kubernetes.Interface, imported <-chan error) error {
	p.run(ctx, "kube-controller-manager", n.part(runControllerManager))
	p.run(ctx, "kube-scheduler", n.part(runScheduler))
	if err := <-imported; err != nil {
		return err
	}
	p.run(ctx, "kubelet", n.part(runKubelet))
	p.run(ctx, "kube-proxy", n.part(runProxy))
	if err := n.handOver(); err != nil {
		return err
	}
	if err := createAddOns(ctx, access, n); err != nil {
		return err
	}
	if !n.options.noNetworkPolicy {
		p.run(ctx, "network policies", func(ctx context.Context) error { return policy.Run(ctx, client) })
	}
	if n.options.has("local-storage") {
		p.run(ctx, "storage", func(ctx context.Context) error { return storage.Run(ctx, client, n.options.path("storage")) })
	}
	klog.InfoS("k3s is up and running", "after", time.Since(p.begin))
	return nil
}

func (n *node) part(run func(context.Context, *node) error) func(context.Context) error {
	return func(ctx context.Context) error { return run(ctx, n) }
}

// waitForAPI waits until the API says of itself that it is ready.
func waitForAPI(ctx context.Context, client kubernetes.Interface) error {
	var last error
	for end := time.Now().Add(apiStart); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		last = client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		if last == nil {
			return nil
		}
	}
	return fmt.Errorf("the API was not ready after %s: %w", apiStart, last)
}
