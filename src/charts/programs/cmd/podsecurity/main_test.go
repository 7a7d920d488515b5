package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secure is a pod that passes every check; a case plants its defect in it.
const secure = `
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: web
          image: web
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`

func deployment(pod string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:" + pod
}

// check runs the program on files and gives its exit code, its violations and what it says of problems.
func check(t *testing.T, files map[string]string, arguments ...string) (int, []Violation, string) {
	t.Helper()
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var output, problems strings.Builder
	code := run(arguments, &output, &problems)
	var violations []Violation
	if code == 0 {
		if err := json.Unmarshal([]byte(output.String()), &violations); err != nil {
			t.Fatalf("no JSON: %v\n%s", err, output.String())
		}
	}
	return code, violations, problems.String()
}

func checks(violations []Violation) string {
	var names []string
	for _, violation := range violations {
		names = append(names, violation.Check)
	}
	return strings.Join(names, " ")
}

func TestPassesASecurePod(t *testing.T) {
	code, violations, problems := check(t, map[string]string{"a.yaml": deployment(secure)}, "a.yaml")
	if code != 0 || len(violations) != 0 || problems != "" {
		t.Fatal(code, violations, problems)
	}
}

func TestNamesEachPlantedDefect(t *testing.T) {
	for name, change := range map[string][2]string{
		"hostNamespaces":             {"\n      securityContext", "\n      hostNetwork: true\n      securityContext"},
		"privileged":                 {"{allowPrivilegeEscalation", "{privileged: true, allowPrivilegeEscalation"},
		"seccompProfile_restricted":  {", seccompProfile: {type: RuntimeDefault}", ""},
		"runAsNonRoot":               {"runAsNonRoot: true", "runasnonroot: true"},
		"runAsUser":                  {"runAsNonRoot: true", "runAsNonRoot: true, runAsUser: 0"},
		"allowPrivilegeEscalation":   {"allowPrivilegeEscalation: false, ", ""},
		"capabilities_restricted":    {"drop: [ALL]", "drop: [NET_RAW]"},
		"hostPorts":                  {"          securityContext", "          ports: [{containerPort: 80, hostPort: 80}]\n          securityContext"},
		"restrictedVolumes":          {"\n      containers", "\n      volumes: [{name: a, nfs: {server: b, path: /}}]\n      containers"},
		"sysctls":                    {"{runAsNonRoot", "{sysctls: [{name: kernel.msgmax, value: \"1\"}], runAsNonRoot"},
		"procMount_restricted":       {"{allowPrivilegeEscalation", "{procMount: Unmasked, allowPrivilegeEscalation"},
		"hostProbesAndHostLifecycle": {"          securityContext", "          livenessProbe: {httpGet: {host: 127.0.0.1, port: 80}}\n          securityContext"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(deployment(secure), change[0], change[1], 1)
			code, violations, problems := check(t, map[string]string{"a.yaml": bad}, "a.yaml")
			if code != 0 || checks(violations) != name {
				t.Fatal(code, checks(violations), problems, bad)
			}
		})
	}
}

func TestReplacesAnOverriddenCheckOfBaseline(t *testing.T) {
	bad := strings.Replace(deployment(secure), "drop: [ALL]", "drop: [ALL], add: [SYS_ADMIN]", 1)
	_, violations, _ := check(t, map[string]string{"a.yaml": bad}, "a.yaml")
	if checks(violations) != "capabilities_restricted" {
		t.Fatal(checks(violations))
	}
}

func TestFindsThePodsOfEveryKind(t *testing.T) {
	const pod = "{containers: [{name: a, image: b}], hostPID: true}"
	for kind, object := range map[string]string{
		"Pod":                   "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {helm.sh/hook: test}}\nspec: " + pod,
		"PodTemplate":           "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\ntemplate: {spec: " + pod + "}",
		"ReplicationController": "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
		"StatefulSet":           "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
		"DaemonSet":             "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
		"ReplicaSet":            "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
		"Job":                   "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
		"CronJob":               "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {jobTemplate: {spec: {template: {spec: " + pod + "}}}}",
		"Rollout":               "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {template: {spec: " + pod + "}}",
	} {
		t.Run(kind, func(t *testing.T) {
			_, violations, problems := check(t, map[string]string{"a.yaml": object}, "a.yaml")
			if len(violations) == 0 || violations[0].Kind != kind || !strings.Contains(checks(violations), "hostNamespaces") {
				t.Fatal(violations, problems)
			}
		})
	}
}

func TestSaysWhereAViolationIs(t *testing.T) {
	list := "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n" +
		"  - apiVersion: v1\n    kind: Pod\n    metadata: {name: hook, namespace: shop}\n    spec:\n      hostIPC: true" + secure
	files := map[string]string{
		"charts/a.yaml": "# nothing\n---\n# Source: a\n" + deployment(secure) + "---\n" + list,
		"charts/b.txt":  "no manifest: [",
	}
	code, violations, problems := check(t, files, "charts")
	if code != 0 || len(violations) != 1 {
		t.Fatal(code, violations, problems)
	}
	want := Violation{
		File: "charts/a.yaml", Document: 2, Line: 16, APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "hook",
		Check: "hostNamespaces", ForbiddenReason: "host namespaces", ForbiddenDetail: "hostIPC=true",
	}
	if violations[0] != want {
		t.Fatalf("%+v", violations[0])
	}
}

func TestRefusesBadInput(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"broken YAML":         {"kind: [\n", "a.yaml, document 0 (line 1): "},
		"broken after a good": {deployment(secure) + "---\nkind: [\n", "a.yaml, document 1 (line 13): "},
		"a key twice":         {"kind: Pod\nkind: Pod\n", `key "kind" already set`},
		"no object":           {"- a\n", "a.yaml, document 0 (line 1): is no object of Kubernetes"},
		"no kind":             {"apiVersion: v1\n", "has no apiVersion or no kind"},
		"no containers":       {deployment(" {}\n"), "Deployment web: has no containers at spec.template.spec.containers"},
		"a wrong type":        {deployment(" {containers: [{name: 1}]}\n"), "Deployment web: its pod cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, problems := check(t, map[string]string{"a.yaml": row.text}, "a.yaml")
			if code != 2 || !strings.Contains(problems, row.want) {
				t.Fatal(code, problems)
			}
		})
	}
	t.Run("a missing file, an empty folder, nothing", func(t *testing.T) {
		for _, arguments := range [][]string{{"missing.yaml"}, {"."}, {}} {
			if code, _, problems := check(t, nil, arguments...); code != 2 || problems == "" {
				t.Fatal(arguments, code, problems)
			}
		}
	})
}

func TestTakesAnEmptyRender(t *testing.T) {
	code, violations, problems := check(t, map[string]string{"a.yaml": "---\n# Source: a\n---\n"}, "a.yaml")
	if code != 0 || violations == nil || len(violations) != 0 {
		t.Fatal(code, violations, problems)
	}
}
