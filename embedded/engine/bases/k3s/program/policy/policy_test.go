package policy

import (
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// at makes a running pod with the label app=name and a port of the name web.
func at(namespace, name, address string, webPort int32) *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec: core.PodSpec{Containers: []core.Container{
			{Ports: []core.ContainerPort{{Name: "web", ContainerPort: webPort}}},
		}},
		Status: core.PodStatus{PodIP: address, Phase: core.PodRunning},
	}
}

func seen(t *testing.T, specs ...string) world {
	t.Helper()
	w := world{
		pods: []*core.Pod{
			at("one", "api", "10.42.0.5", 8080), at("one", "db", "10.42.0.6", 5432),
			at("two", "api", "10.42.0.7", 9090), at("two", "job", "10.42.0.8", 1),
			at("one", "node", "10.0.0.1", 1), at("one", "pending", "", 1),
		},
		namespaces: map[string]labels.Set{"one": {"team": "a"}, "two": {"team": "b"}},
	}
	w.pods[3].Status.Phase = core.PodSucceeded
	w.pods[4].Spec.HostNetwork = true
	for _, spec := range specs {
		policy := &network.NetworkPolicy{ObjectMeta: meta.ObjectMeta{Namespace: "one"}}
		if err := yaml.Unmarshal([]byte(spec), &policy.Spec); err != nil {
			t.Fatal(err)
		}
		w.policies = append(w.policies, policy)
	}
	return w
}

// chains gives the rules of each pod's chain, by the name of the chain.
func chains(t *testing.T, w world) map[string]string {
	t.Helper()
	pods, err := compile(w)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, part := range strings.Split(render(pods), "  chain ")[1:] {
		name, body, _ := strings.Cut(part, " {\n")
		if strings.HasPrefix(name, "ingress-") || strings.HasPrefix(name, "egress-") {
			var rules []string
			for _, line := range strings.Split(body, "\n") {
				line = strings.TrimSpace(line)
				if line == "}" {
					break
				}
				rules = append(rules, line)
			}
			found[name] = strings.Join(rules, "; ")
		}
	}
	return found
}

func TestRules(t *testing.T) {
	const closed = "reject with icmp port-unreachable"
	for _, row := range []struct {
		name  string
		specs []string
		want  map[string]string
	}{
		{"leaves pods open that nothing selects", []string{`{podSelector: {matchLabels: {app: nobody}}, policyTypes: [Ingress]}`}, nil},
		{"does not reach into another namespace", []string{`{podSelector: {matchLabels: {app: job}}, policyTypes: [Ingress]}`}, nil},
		{
			"closes every running pod with an address of its own",
			[]string{`{podSelector: {}, policyTypes: [Ingress, Egress]}`},
			map[string]string{
				"ingress-10-42-0-5": closed, "egress-10-42-0-5": closed, "ingress-10-42-0-6": closed, "egress-10-42-0-6": closed,
			},
		},
		{
			"leaves the other direction open",
			[]string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{}]}`},
			map[string]string{"ingress-10-42-0-6": "return; " + closed},
		},
		{
			"takes pods of the own namespace where no other is named",
			[]string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]}`},
			map[string]string{"ingress-10-42-0-6": "ip saddr { 10.42.0.5 } tcp dport 5432 return; " + closed},
		},
		{
			"takes both selectors of one peer together, and those of two peers apart",
			[]string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: api}}}]}, {from: [{namespaceSelector: {}}]}]}`},
			map[string]string{"ingress-10-42-0-6": "ip saddr { 10.42.0.7 } return; ip saddr { 10.42.0.5, 10.42.0.6, 10.42.0.7 } return; " + closed},
		},
		{
			"lets nobody in where a selector finds nobody",
			[]string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: none}}}]}]}`},
			map[string]string{"ingress-10-42-0-6": closed},
		},
		{
			"adds up what several policies allow",
			[]string{
				`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{ports: [{port: 1}]}]}`,
				`{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 2, endPort: 9, protocol: UDP}]}]}`,
			},
			map[string]string{
				"ingress-10-42-0-5": "udp dport 2-9 return; " + closed,
				"ingress-10-42-0-6": "tcp dport 1 return; udp dport 2-9 return; " + closed,
			},
		},
		{
			"takes ranges without their exceptions, and none of IPv6",
			[]string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.1/8, except: [10.1.0.0/16, 10.1.2.0/24]}}, {ipBlock: {cidr: "fd00::/8"}}], ports: [{protocol: UDP}]}]}`},
			map[string]string{"egress-10-42-0-6": "ip daddr 10.0.0.0/8 ip daddr != 10.1.0.0/16 ip daddr != 10.1.2.0/24 meta l4proto udp return; " + closed},
		},
		{
			"resolves a name of a port in the pod that is reached",
			[]string{
				`{podSelector: {matchLabels: {app: api}}, policyTypes: [Ingress], ingress: [{ports: [{port: web}, {port: none}]}]}`,
				`{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: api}}}], ports: [{port: web}]}]}`,
			},
			map[string]string{
				"ingress-10-42-0-5": "tcp dport 8080 return; " + closed,
				"egress-10-42-0-6":  "ip daddr { 10.42.0.5 } tcp dport 8080 return; ip daddr { 10.42.0.7 } tcp dport 9090 return; " + closed,
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			found := chains(t, seen(t, row.specs...))
			if len(found) != len(row.want) {
				t.Errorf("got the chains %v", found)
			}
			for name, want := range row.want {
				_, address, _ := strings.Cut(name, "-")
				address = strings.ReplaceAll(address, "-", ".")
				if want = "ip saddr " + address + " ip daddr " + address + " return; " + want; found[name] != want {
					t.Errorf("%s: got\n%s\nwant\n%s", name, found[name], want)
				}
			}
		})
	}
}

func TestRulesOfABrokenSelector(t *testing.T) {
	w := seen(t, `{podSelector: {matchExpressions: [{key: app, operator: Near}]}, policyTypes: [Ingress]}`)
	if _, err := compile(w); err == nil {
		t.Error("a selector that is none was taken")
	}
}
