// Package policy enforces NetworkPolicies on one node: it turns them into rules for each pod, and the rules into nftables.
package policy

import (
	"net/netip"
	"slices"

	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rule lets something through: every field narrows it, the zero value of a field does not.
type rule struct {
	// from or to these pods; nil is everybody
	pods []netip.Addr
	// from or to this range, without the exceptions
	block  netip.Prefix
	except []netip.Prefix
	// TCP, UDP or SCTP; "" is everything
	protocol core.Protocol
	// 0 is every port; the last one is at least the first
	first, last int32
}

// isolated is a pod that at least one policy selects. A nil direction is open, an empty one closed.
type isolated struct {
	address         netip.Addr
	ingress, egress []rule
}

// world is what policies speak about.
type world struct {
	policies   []*network.NetworkPolicy
	pods       []*core.Pod
	namespaces map[string]labels.Set
}

// compile gives the rules of every pod that a policy selects, in the order of their addresses.
func compile(w world) ([]isolated, error) {
	var all []isolated
	for _, pod := range w.pods {
		address, ok := addressOf(pod)
		if !ok {
			continue
		}
		made := isolated{address: address}
		for _, policy := range w.policies {
			selects, err := matches(&policy.Spec.PodSelector, pod.Labels)
			if err != nil {
				return nil, err
			}
			if !selects || policy.Namespace != pod.Namespace {
				continue
			}
			if err := w.add(&made, policy, pod); err != nil {
				return nil, err
			}
		}
		if made.ingress != nil || made.egress != nil {
			all = append(all, made)
		}
	}
	slices.SortFunc(all, func(a, b isolated) int { return a.address.Compare(b.address) })
	return all, nil
}

func (w world) add(to *isolated, policy *network.NetworkPolicy, pod *core.Pod) error {
	if slices.Contains(policy.Spec.PolicyTypes, network.PolicyTypeIngress) {
		to.ingress = append([]rule{}, to.ingress...)
		for _, allowed := range policy.Spec.Ingress {
			peers, err := w.peers(policy.Namespace, allowed.From)
			if err != nil {
				return err
			}
			to.ingress = append(to.ingress, ingressRules(peers, allowed.Ports, pod)...)
		}
	}
	if slices.Contains(policy.Spec.PolicyTypes, network.PolicyTypeEgress) {
		to.egress = append([]rule{}, to.egress...)
		for _, allowed := range policy.Spec.Egress {
			peers, err := w.peers(policy.Namespace, allowed.To)
			if err != nil {
				return err
			}
			to.egress = append(to.egress, egressRules(peers, allowed.Ports)...)
		}
	}
	return nil
}

// peer is one side of an allowance: pods, or a range.
type peer struct {
	everybody bool
	pods      []*core.Pod
	block     netip.Prefix
	except    []netip.Prefix
}

// peers resolves a list of peers; a list that names nobody means everybody.
func (w world) peers(namespace string, wanted []network.NetworkPolicyPeer) ([]peer, error) {
	if len(wanted) == 0 {
		return []peer{{everybody: true}}, nil
	}
	var found []peer
	for _, one := range wanted {
		made, err := w.peer(namespace, one)
		if err != nil {
			return nil, err
		}
		found = append(found, made)
	}
	return found, nil
}

func (w world) peer(namespace string, wanted network.NetworkPolicyPeer) (peer, error) {
	if wanted.IPBlock != nil {
		return blockPeer(wanted.IPBlock)
	}
	var made peer
	for _, pod := range w.pods {
		if _, ok := addressOf(pod); !ok {
			continue
		}
		inNamespace := pod.Namespace == namespace
		if wanted.NamespaceSelector != nil {
			var err error
			if inNamespace, err = matches(wanted.NamespaceSelector, w.namespaces[pod.Namespace]); err != nil {
				return peer{}, err
			}
		}
		selected := wanted.PodSelector == nil
		if !selected {
			var err error
			if selected, err = matches(wanted.PodSelector, pod.Labels); err != nil {
				return peer{}, err
			}
		}
		if inNamespace && selected {
			made.pods = append(made.pods, pod)
		}
	}
	return made, nil
}

func blockPeer(wanted *network.IPBlock) (peer, error) {
	block, err := netip.ParsePrefix(wanted.CIDR)
	if err != nil {
		return peer{}, err
	}
	made := peer{block: block.Masked()}
	for _, text := range wanted.Except {
		except, err := netip.ParsePrefix(text)
		if err != nil {
			return peer{}, err
		}
		made.except = append(made.except, except.Masked())
	}
	return made, nil
}

// ingressRules resolves names of ports in the pod that is reached, which is the isolated one.
func ingressRules(peers []peer, ports []network.NetworkPolicyPort, pod *core.Pod) []rule {
	var all []rule
	for _, from := range peers {
		for _, port := range portsOf(ports, pod) {
			all = appendRule(all, from, from.pods, port)
		}
	}
	return all
}

// egressRules resolves names of ports in each pod that is reached: the same name may be another number there.
func egressRules(peers []peer, ports []network.NetworkPolicyPort) []rule {
	hasNames := slices.ContainsFunc(ports, func(port network.NetworkPolicyPort) bool {
		return port.Port != nil && port.Port.Type == intstr.String
	})
	var all []rule
	for _, to := range peers {
		if !hasNames {
			for _, port := range portsOf(ports, nil) {
				all = appendRule(all, to, to.pods, port)
			}
			continue
		}
		for _, pod := range to.pods {
			for _, port := range portsOf(ports, pod) {
				all = appendRule(all, to, []*core.Pod{pod}, port)
			}
		}
	}
	return all
}

func appendRule(all []rule, with peer, pods []*core.Pod, port rule) []rule {
	made := port
	switch {
	case with.everybody:
	case with.block.IsValid():
		// This network speaks IPv4 only; a range of IPv6 lets nothing through in it.
		if !with.block.Addr().Is4() {
			return all
		}
		made.block, made.except = with.block, with.except
	case len(pods) == 0:
		return all
	default:
		for _, pod := range pods {
			address, _ := addressOf(pod)
			made.pods = append(made.pods, address)
		}
		slices.SortFunc(made.pods, netip.Addr.Compare)
	}
	return append(all, made)
}

// addressOf gives the address of a pod that has one of its own and still uses it.
func addressOf(pod *core.Pod) (netip.Addr, bool) {
	if pod.Spec.HostNetwork || pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(pod.Status.PodIP)
	return address, err == nil && address.Is4()
}

func matches(selector *meta.LabelSelector, of labels.Set) (bool, error) {
	made, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		return false, err
	}
	return made.Matches(of), nil
}
