package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	pluginFolder  = "/opt/cni/bin"
	networkFolder = "/etc/cni/net.d"
)

// settings of the kernel that pods need; all of them belong to the network of the node's container.
var kernelSettings = map[string]string{
	"net/ipv4/ip_forward":                "1",
	"net/bridge/bridge-nf-call-iptables": "1",
	// What a policy refuses is told so by ICMP, of which the kernel sends only a few in a second otherwise.
	"net/ipv4/icmp_ratemask": "0",
}

// prepareNetwork makes a network for pods: a bridge with a range of its own, and a way out.
func prepareNetwork() error {
	for name, value := range kernelSettings {
		if err := writeKernelSetting(filepath.Join("/proc/sys", name), value); err != nil {
			return fmt.Errorf("kernel setting %s: %w", strings.ReplaceAll(name, "/", "."), err)
		}
	}
	plugins := []map[string]any{
		{
			"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
			"ipam": map[string]any{
				"type":   "host-local",
				"ranges": [][]map[string]string{{{"subnet": nodeRange}}},
				"routes": []map[string]string{{"dst": "0.0.0.0/0"}},
			},
		},
		{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}},
	}
	list, err := json.Marshal(map[string]any{"cniVersion": "1.0.0", "name": "cbr0", "plugins": plugins})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(networkFolder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(networkFolder, "10-k3s.conflist"), list, 0o644); err != nil {
		return err
	}
	return wayOut()
}

// writeKernelSetting writes only what differs: where the machine has it right already, it may be read-only.
func writeKernelSetting(file, value string) error {
	current, err := os.ReadFile(file)
	if err == nil && strings.TrimSpace(string(current)) == value {
		return nil
	}
	return os.WriteFile(file, []byte(value), 0o644)
}

// wayOut lets pods reach what is outside under the node's address.
func wayOut() error {
	rules := fmt.Sprintf(`add table ip k3s-masquerade
delete table ip k3s-masquerade
table ip k3s-masquerade {
  chain postrouting {
    type nat hook postrouting priority srcnat + 5; policy accept;
    ip saddr %s ip daddr != { %s, 224.0.0.0/4 } masquerade
  }
}
`, clusterRange, clusterRange)
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// outgoingAddress asks the kernel which address it would send from; nothing is sent.
func outgoingAddress() (netip.Addr, error) {
	connection, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}, err
	}
	defer connection.Close()
	local, ok := connection.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, errors.New("the kernel gave no address")
	}
	address, ok := netip.AddrFromSlice(local.IP.To4())
	if !ok {
		return netip.Addr{}, fmt.Errorf("%s is no IPv4 address", local.IP)
	}
	return address, nil
}
