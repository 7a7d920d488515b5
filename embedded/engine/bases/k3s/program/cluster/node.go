package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

const (
	kubeletRoot = "/var/lib/kubelet"
	// Name that the API server has towards servers of further APIs.
	frontName = "system:auth-proxy"
)

// node is what the parts of one cluster share.
type node struct {
	options   options
	address   netip.Addr
	authority *authority
	// Whom servers of further APIs take the name of a user from: the API server, and nobody else.
	front        *authority
	certificates certificates
	signingKey   string
	// Where the API will be served. It takes connections from the start, so that parts that start before the API wait
	// for its answer instead of failing and trying again later.
	listener net.Listener
	// Files with the access of the parts.
	adminConfig, kubeletConfig string
}

type certificates struct {
	api, admin, kubelet, proxy pair
}

// prepareNode makes folders, certificates and the files of access.
func prepareNode(o options, address netip.Addr) (*node, error) {
	for _, folder := range []string{o.path("agent", "images"), o.path("server", "db"), o.path("storage"), kubeletRoot} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	made := &node{options: o, address: address}
	var err error
	if made.authority, err = newAuthority(o.path("server", "tls")); err != nil {
		return nil, err
	}
	if made.signingKey, err = made.authority.signingKey(); err != nil {
		return nil, err
	}
	if made.front, err = newAuthority(o.path("server", "tls", "request-header")); err != nil {
		return nil, err
	}
	if made.certificates.proxy, err = made.front.issue("proxy", subject{name: frontName}); err != nil {
		return nil, err
	}
	addresses, names := splitSANs(o.sans)
	service := "kubernetes.default.svc." + clusterName
	own := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr(serviceFirst), address}
	for file, issued := range map[string]struct {
		to     *pair
		holder subject
	}{
		"api": {&made.certificates.api, subject{name: "kube-apiserver", group: "system:masters", addresses: append(own, addresses...),
			names: append([]string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", service, o.nodeName}, names...)}},
		"admin": {&made.certificates.admin, subject{name: "system:admin", group: "system:masters"}},
		"kubelet": {&made.certificates.kubelet, subject{name: "system:node:" + o.nodeName, group: "system:nodes", addresses: own,
			names: []string{"localhost", o.nodeName}}},
	} {
		if *issued.to, err = made.authority.issue(file, issued.holder); err != nil {
			return nil, err
		}
	}
	if made.listener, err = net.Listen("tcp4", ":"+strconv.Itoa(o.httpsPort)); err != nil {
		return nil, err
	}
	return made, made.writeConfigs()
}

func (n *node) writeConfigs() error {
	server := "https://127.0.0.1:" + strconv.Itoa(n.options.httpsPort)
	folder := n.options.path("server", "cred")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	n.adminConfig = filepath.Join(folder, "admin.kubeconfig")
	n.kubeletConfig = filepath.Join(folder, "kubelet.kubeconfig")
	for file, holder := range map[string]pair{
		n.adminConfig:   n.certificates.admin,
		n.kubeletConfig: n.certificates.kubelet,
	} {
		if err := os.WriteFile(file, n.authority.kubeconfig(server, holder), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// handOver writes the administrator's access for the outside, in one step, so that nobody reads half of it.
func (n *node) handOver() error {
	target := n.options.kubeconfig
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	content, err := os.ReadFile(n.adminConfig)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target+".new", content, n.options.kubeconfigMode); err != nil {
		return err
	}
	return os.Rename(target+".new", target)
}

//go:embed kubelet.yaml
var kubeletSettings string

// runKubelet runs pods until the process is told to end; the kubelet is the part that hears signals.
func runKubelet(ctx context.Context, n *node) error {
	file := n.options.path("agent", "kubelet.yaml")
	settings := strings.NewReplacer(
		"%AUTHORITY%", n.authority.file(),
		"%CERTIFICATE%", n.certificates.kubelet.certFile,
		"%KEY%", n.certificates.kubelet.keyFile,
		"%DNS%", clusterDNS,
		"%DOMAIN%", clusterName,
		"%RUNTIME%", runtimeSocket,
	).Replace(kubeletSettings)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return err
	}
	own := map[string]string{
		"config":            file,
		"hostname-override": n.options.nodeName,
		"kubeconfig":        n.kubeletConfig,
		"node-ip":           n.address.String(),
		"node-labels":       "node.kubernetes.io/instance-type=k3s",
		"root-dir":          kubeletRoot,
	}
	command := kubelet.NewKubeletCommand(ctx)
	command.SetArgs(words(own, n.options.kubelet))
	return command.ExecuteContext(ctx)
}

// runProxy makes the addresses of services work until the process ends.
func runProxy(ctx context.Context, n *node) error {
	own := map[string]string{
		"cluster-cidr":                      clusterRange,
		"conntrack-max-per-core":            "0",
		"conntrack-tcp-timeout-close-wait":  "0s",
		"conntrack-tcp-timeout-established": "0s",
		"healthz-bind-address":              "127.0.0.1",
		"hostname-override":                 n.options.nodeName,
		"kubeconfig":                        n.adminConfig,
		"proxy-mode":                        "nftables",
	}
	command := proxy.NewProxyCommand()
	command.SetArgs(words(own, n.options.proxy))
	return command.ExecuteContext(ctx)
}

// setUpLogs lets more than one part set up the one log of the process.
func setUpLogs() {
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
	logs.InitLogs()
}

// defaultAddress finds the address that the rest of the world sees, and refuses a machine without one.
func defaultAddress() (netip.Addr, error) {
	address, err := outgoingAddress()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("no address of this node: %w", err)
	}
	return address, nil
}
