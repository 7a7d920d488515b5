package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"slipway.invalid/k3s/policy"
	"slipway.invalid/k3s/service"
	"slipway.invalid/k3s/storage"
	"slipway.invalid/k3s/unforced"
)

const (
	apiStart  = 2 * time.Minute
	nodeStart = time.Minute
)

// Serve runs a cluster until the process is told to end or a part of it ends.
func Serve(arguments []string) error {
	read, err := parseOptions(arguments)
	if err != nil {
		return err
	}
	setUpLogs()
	if err := unforced.Leave(); err != nil {
		klog.ErrorS(err, "The disk is waited for")
	}
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
	// storage serves claims; nothing where that is left out.
	storage func(context.Context) error
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
	if _, err := startStore(o.path("server", "db", "etcd")); err != nil {
		return err
	}
	return p.startParts(ctx, n)
}

// startParts starts the API and the node side by side, and then what asks the API for its work.
func (p *parts) startParts(ctx context.Context, n *node) error {
	access, err := clientcmd.BuildConfigFromFlags("", n.adminConfig)
	if err != nil {
		return err
	}
	access.QPS = -1
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	if n.options.has("local-storage") {
		if p.storage, err = storage.New(ctx, client, n.options.path("storage")); err != nil {
			return err
		}
	}
	p.run(ctx, "kube-apiserver", n.part(runAPIServer))
	onNode := make(chan error, 1)
	go func() {
		// Images come before the kubelet, as in k3s: it tells of those that it finds at its start.
		err := importImages(ctx, n.options)
		if err == nil {
			p.run(ctx, "kubelet", n.part(runKubelet))
		}
		onNode <- err
	}()
	if err := waitForAPI(ctx, client); err != nil {
		return err
	}
	return p.startOnAPI(ctx, n, access, client, onNode)
}

// startOnAPI starts what asks the API for its work.
func (p *parts) startOnAPI(ctx context.Context, n *node, access *rest.Config, client kubernetes.Interface, onNode <-chan error) error {
	p.run(ctx, "kube-controller-manager", n.part(runControllerManager))
	p.run(ctx, "kube-scheduler", n.part(runScheduler))
	if err := createPolicy(ctx, client); err != nil {
		return err
	}
	// Before anybody has access: a claim that finds no default class waits until it is looked at again.
	if err := createStorageClass(ctx, access, n); err != nil {
		return err
	}
	if err := n.handOver(); err != nil {
		return err
	}
	if !n.options.noNetworkPolicy {
		p.run(ctx, "network policies", func(ctx context.Context) error { return policy.Run(ctx, client) })
	}
	if p.storage != nil {
		p.run(ctx, "storage", p.storage)
	}
	if err := <-onNode; err != nil {
		return err
	}
	// What asks for a node before there is one waits a second before it asks again.
	waitForNode(ctx, client, n.options.nodeName, hasAddress)
	p.run(ctx, "kube-proxy", n.part(runProxy))
	// A pod that comes before a node waits a second before it is looked at again.
	waitForNode(ctx, client, n.options.nodeName, takesPods)
	startExtras(ctx, access, n)
	// What asks for the API before its service leads there reaches somebody else or nobody, and asks anew only after seconds.
	if err := service.WaitForAPI(ctx, access, net.JoinHostPort(serviceFirst, "443"), nodeStart); err != nil {
		klog.ErrorS(err, "The address of a service leads elsewhere")
	}
	if err := createNameService(ctx, access, n); err != nil {
		return err
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
	for end := time.Now().Add(apiStart); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		last = client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		if last == nil {
			return nil
		}
	}
	return fmt.Errorf("the API was not ready after %s: %w", apiStart, last)
}

// waitForNode waits until something is true of the node; a node of which it never is keeps its cluster, which shows why.
func waitForNode(ctx context.Context, client kubernetes.Interface, name string, is func(*core.Node) bool) {
	for end := time.Now().Add(nodeStart); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if node, err := client.CoreV1().Nodes().Get(ctx, name, meta.GetOptions{}); err == nil && is(node) {
			return
		}
	}
	klog.ErrorS(nil, "The node is not ready", "waited", nodeStart)
}

func hasAddress(node *core.Node) bool { return len(node.Status.Addresses) > 0 }

func takesPods(node *core.Node) bool { return hasAddress(node) && len(node.Spec.Taints) == 0 }
