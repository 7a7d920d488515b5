package policy

import (
	"cmp"
	"slices"

	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// portsOf gives the ports as rules without peers; no list of ports means all of them. A name that the pod does not have
// is left out.
func portsOf(ports []network.NetworkPolicyPort, pod *core.Pod) []rule {
	if len(ports) == 0 {
		return []rule{{}}
	}
	var all []rule
	for _, port := range ports {
		protocol := core.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		switch {
		case port.Port == nil:
			all = append(all, rule{protocol: protocol})
		case port.Port.Type == intstr.Int:
			last := port.Port.IntVal
			if port.EndPort != nil {
				last = *port.EndPort
			}
			all = append(all, rule{protocol: protocol, first: port.Port.IntVal, last: last})
		case pod != nil:
			if number := namedPort(pod, port.Port.StrVal, protocol); number > 0 {
				all = append(all, rule{protocol: protocol, first: number, last: number})
			}
		}
	}
	return all
}

func namedPort(pod *core.Pod, name string, protocol core.Protocol) int32 {
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, port := range container.Ports {
			if port.Name == name && cmp.Or(port.Protocol, core.ProtocolTCP) == protocol {
				return port.ContainerPort
			}
		}
	}
	return 0
}
