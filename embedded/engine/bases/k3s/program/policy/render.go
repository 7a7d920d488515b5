package policy

import (
	"fmt"
	"net/netip"
	"strings"

	core "k8s.io/api/core/v1"
)

const table = "k3s-network-policy"

// render writes the nftables rules of all isolated pods. They replace what was there before in one step: at no time is a
// pod without its rules.
//
// What leaves a pod passes the hook `forward`, or `input` where it is for the node itself, with addresses of services
// already replaced by those of pods. What the node itself sends to a pod, such as probes, passes neither.
func render(pods []isolated) string {
	var text strings.Builder
	fmt.Fprintf(&text, "add table ip %[1]s\ndelete table ip %[1]s\ntable ip %[1]s {\n", table)
	var ingress, egress []string
	for _, pod := range pods {
		if pod.ingress != nil {
			ingress = append(ingress, writeChain(&text, "ingress", pod.address, "saddr", pod.ingress))
		}
		if pod.egress != nil {
			egress = append(egress, writeChain(&text, "egress", pod.address, "daddr", pod.egress))
		}
	}
	writeMap(&text, "ingress", ingress)
	writeMap(&text, "egress", egress)
	const answers = "    ct state established,related accept\n"
	text.WriteString("  chain forward {\n    type filter hook forward priority filter - 10; policy accept;\n" + answers +
		"    ip saddr vmap @egress\n    ip daddr vmap @ingress\n  }\n")
	text.WriteString("  chain input {\n    type filter hook input priority filter - 10; policy accept;\n" + answers +
		"    ip saddr vmap @egress\n  }\n}\n")
	return text.String()
}

func writeChain(text *strings.Builder, direction string, pod netip.Addr, other string, rules []rule) string {
	name := direction + "-" + strings.ReplaceAll(pod.String(), ".", "-")
	fmt.Fprintf(text, "  chain %s {\n", name)
	// A pod always reaches itself, also by way of a service.
	fmt.Fprintf(text, "    ip saddr %[1]s ip daddr %[1]s return\n", pod)
	for _, allowed := range rules {
		fmt.Fprintf(text, "    %sreturn\n", condition(other, allowed))
	}
	// Not with a reset for TCP: one for a bridged packet leaves with the address of the pod, where a service was asked.
	text.WriteString("    reject with icmp port-unreachable\n  }\n")
	return fmt.Sprintf("%s : jump %s", pod, name)
}

func writeMap(text *strings.Builder, name string, elements []string) {
	fmt.Fprintf(text, "  map %s {\n    type ipv4_addr : verdict;\n", name)
	if len(elements) > 0 {
		fmt.Fprintf(text, "    elements = { %s }\n", strings.Join(elements, ", "))
	}
	text.WriteString("  }\n")
}

func condition(other string, allowed rule) string {
	var text strings.Builder
	if allowed.pods != nil {
		fmt.Fprintf(&text, "ip %s { %s } ", other, join(allowed.pods))
	}
	if allowed.block.IsValid() {
		fmt.Fprintf(&text, "ip %s %s ", other, allowed.block)
	}
	// One by one: ranges within each other are refused in one set.
	for _, except := range allowed.except {
		fmt.Fprintf(&text, "ip %s != %s ", other, except)
	}
	switch {
	case allowed.protocol == "":
	case allowed.first == 0:
		fmt.Fprintf(&text, "meta l4proto %s ", protocolName(allowed.protocol))
	case allowed.first == allowed.last:
		fmt.Fprintf(&text, "%s dport %d ", protocolName(allowed.protocol), allowed.first)
	default:
		fmt.Fprintf(&text, "%s dport %d-%d ", protocolName(allowed.protocol), allowed.first, allowed.last)
	}
	return text.String()
}

func protocolName(protocol core.Protocol) string { return strings.ToLower(string(protocol)) }

func join(addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for index, address := range addresses {
		texts[index] = address.String()
	}
	return strings.Join(texts, ", ")
}
