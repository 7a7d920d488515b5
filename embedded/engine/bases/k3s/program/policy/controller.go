package policy

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// gather is how long changes are gathered, since they come in bursts.
	gather = 20 * time.Millisecond
	// again is how long after a failure the rules are tried again.
	again = time.Second
)

// Run keeps the rules in step with policies, pods and namespaces until the context ends.
func Run(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	policies, pods := factory.Networking().V1().NetworkPolicies(), factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	changed := make(chan struct{}, 1)
	for _, informer := range []cache.SharedIndexInformer{policies.Informer(), pods.Informer(), namespaces.Informer()} {
		if _, err := informer.AddEventHandler(signaller(changed)); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	see := func() (world, error) {
		seen := world{namespaces: map[string]labels.Set{}}
		var err error
		if seen.policies, err = policies.Lister().List(labels.Everything()); err != nil {
			return world{}, err
		}
		if seen.pods, err = pods.Lister().List(labels.Everything()); err != nil {
			return world{}, err
		}
		all, err := namespaces.Lister().List(labels.Everything())
		for _, namespace := range all {
			seen.namespaces[namespace.Name] = namespace.Labels
		}
		return seen, err
	}
	signal(changed)
	return keep(ctx, changed, see)
}

func keep(ctx context.Context, changed chan struct{}, see func() (world, error)) error {
	applied := ""
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
		time.Sleep(gather)
		seen, err := see()
		if err == nil {
			applied, err = apply(ctx, seen, applied)
		}
		if err != nil {
			klog.ErrorS(err, "Unable to apply network policies")
			time.AfterFunc(again, func() { signal(changed) })
		}
	}
}

// apply gives the kernel the rules when they differ from those that it has, and returns those that it has then.
func apply(ctx context.Context, seen world, applied string) (string, error) {
	isolated, err := compile(seen)
	if err != nil {
		return applied, err
	}
	rules := render(isolated)
	if rules == applied {
		return applied, nil
	}
	begin := time.Now()
	command := exec.CommandContext(ctx, "nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if output, err := command.CombinedOutput(); err != nil {
		return applied, fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(output)))
	}
	klog.InfoS("Applied network policies", "policies", len(seen.policies), "isolatedPods", len(isolated), "took", time.Since(begin))
	return rules, nil
}

func signal(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// signaller asks for new rules when something has changed that they can depend on. Most changes of a pod are of its
// conditions, and no reason.
func signaller(changed chan<- struct{}) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { signal(changed) },
		DeleteFunc: func(any) { signal(changed) },
		UpdateFunc: func(old, new any) {
			if before, ok := old.(*core.Pod); ok {
				if after, ok := new.(*core.Pod); ok && samePod(before, after) {
					return
				}
			}
			if before, ok := old.(*network.NetworkPolicy); ok {
				if after, ok := new.(*network.NetworkPolicy); ok && before.Generation == after.Generation {
					return
				}
			}
			signal(changed)
		},
	}
}

func samePod(before, after *core.Pod) bool {
	return before.Status.PodIP == after.Status.PodIP && before.Status.Phase == after.Status.Phase &&
		labels.Equals(before.Labels, after.Labels)
}
