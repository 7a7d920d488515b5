package addons

import (
	"slices"
	"strings"
	"testing"
)

func TestExtrasAreThoseThatWereNotLeftOut(t *testing.T) {
	for _, row := range []struct{ disabled, expected []string }{
		{nil, []string{"metrics-server", "traefik"}},
		{[]string{"servicelb", "coredns"}, []string{"metrics-server", "traefik"}},
		{[]string{"metrics-server"}, []string{"traefik"}},
		{[]string{"traefik", "servicelb", "metrics-server"}, nil},
	} {
		var found []string
		for _, extra := range Extras(row.disabled) {
			found = append(found, extra.Name)
		}
		if !slices.Equal(found, row.expected) {
			t.Errorf("without %v: %v instead of %v", row.disabled, found, row.expected)
		}
	}
}

func TestEveryExtraCanBeLeftOut(t *testing.T) {
	for _, extra := range Extras(nil) {
		if !slices.Contains(Names, extra.Name) {
			t.Errorf("%s is no name that --disable takes", extra.Name)
		}
	}
}

func TestManifestsAreWhole(t *testing.T) {
	manifests := map[string]string{"coredns": NameService(Place{"d", "10.43.0.10", "n", "10.0.0.1", "image"}), "storage": StorageClass()}
	for _, extra := range Extras(nil) {
		manifests[extra.Name] = extra.Manifest("image")
	}
	for name, manifest := range manifests {
		objects, err := parse(manifest)
		if err != nil || len(objects) == 0 {
			t.Errorf("%s: %d objects, %v", name, len(objects), err)
		}
		for _, object := range objects {
			if (object.GetNamespace() != "") != namespaced[object.GetKind()] {
				t.Errorf("%s: %s %s in the namespace %q", name, object.GetKind(), object.GetName(), object.GetNamespace())
			}
		}
		if strings.Contains(manifest, "%") {
			t.Errorf("%s: something is not filled in", name)
		}
	}
}

func TestUnknownKindsAreRefused(t *testing.T) {
	_, err := parse("kind: Secret\nmetadata: { name: a }\n")
	if err == nil || err.Error() != "Secret a: its kind is not known here" {
		t.Errorf("%v", err)
	}
}
