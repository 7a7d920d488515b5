package main

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"
)

// patched applies spec.templatePatch as a strategic merge. Whatever it says, the project stays the template's.
func (r *renderer) patched(made object, values object) (object, error) {
	where := path{"spec", "templatePatch"}
	if r.patch == "" {
		return made, nil
	}
	text, err := r.replace(r.patch, where, values)
	if err != nil {
		return nil, err
	}
	patch, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, at(where, "the patch is no YAML once it is rendered: %w", err)
	}
	if string(patch) == "null" {
		return made, nil
	}
	original, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	merged, err := strategicpatch.StrategicMergePatchUsingLookupPatchMeta(original, patch, fields{"Application"})
	if err != nil {
		return nil, at(where, "the patch cannot be applied: %w", err)
	}
	var result object
	if err := json.Unmarshal(merged, &result); err != nil {
		return nil, at(where, "the patch cannot be applied: %w", err)
	}
	project := made["spec"].(object)["project"]
	for _, key := range []string{"metadata", "spec"} {
		if _, isMap := result[key].(object); !isMap && result[key] != nil {
			return nil, at(where, "the patch sets %s to %v, which must be a map", key, result[key])
		} else if !isMap {
			result[key] = object{}
		}
	}
	result["apiVersion"], result["kind"] = apiVersion, "Application"
	if spec := result["spec"].(object); project == nil {
		delete(spec, "project")
	} else {
		spec["project"] = project
	}
	return result, nil
}

// fields tells the patch how lists are merged. Of all fields of an Application only two lists of its metadata are: any other
// list, such as the value files, is replaced as a whole. Source: argo-cd v3.5.7, pkg/apis/application/v1alpha1.
type fields struct{ name string }

func (f fields) LookupPatchMetadataForStruct(key string) (strategicpatch.LookupPatchMeta, strategicpatch.PatchMeta, error) {
	return fields{key}, strategicpatch.PatchMeta{}, nil
}

func (f fields) LookupPatchMetadataForSlice(key string) (strategicpatch.LookupPatchMeta, strategicpatch.PatchMeta, error) {
	meta := strategicpatch.PatchMeta{}
	if f.name == "metadata" && (key == "finalizers" || key == "ownerReferences") {
		meta.SetPatchStrategies([]string{"merge"})
	}
	if key == "ownerReferences" {
		meta.SetPatchMergeKey("uid")
	}
	return fields{key}, meta, nil
}

func (f fields) Name() string { return fmt.Sprintf("field %s", f.name) }
