package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"slipway.invalid/charts/internal/manifests"
)

// Violation is a check that the pods of an object do not pass.
type Violation struct {
	File            string `json:"file"`
	Document        int    `json:"document"`
	Line            int    `json:"line"`
	APIVersion      string `json:"apiVersion"`
	Kind            string `json:"kind"`
	Namespace       string `json:"namespace"`
	Name            string `json:"name"`
	Check           string `json:"check"`
	ForbiddenReason string `json:"forbiddenReason"`
	ForbiddenDetail string `json:"forbiddenDetail"`
}

// templates says where the built-in kinds have their pod, by group and kind.
var templates = map[[2]string][]string{
	{"", "Pod"}:                   {},
	{"", "PodTemplate"}:           {"template"},
	{"", "ReplicationController"}: {"spec", "template"},
	{"apps", "Deployment"}:        {"spec", "template"},
	{"apps", "StatefulSet"}:       {"spec", "template"},
	{"apps", "DaemonSet"}:         {"spec", "template"},
	{"apps", "ReplicaSet"}:        {"spec", "template"},
	{"batch", "Job"}:              {"spec", "template"},
	{"batch", "CronJob"}:          {"spec", "jobTemplate", "spec", "template"},
}

// podOf finds the pod that an object makes. Custom resources often have it where a Deployment has it.
func podOf(object manifests.Object) (*corev1.PodTemplateSpec, error) {
	path, isBuiltIn := templates[[2]string{object.Group(), object.Kind}]
	if !isBuiltIn {
		path = []string{"spec", "template"}
	}
	var part any = object.Body
	for _, key := range path {
		fields, _ := part.(map[string]any)
		part = fields[key]
	}
	fields, _ := part.(map[string]any)
	spec, _ := fields["spec"].(map[string]any)
	containers, hasContainers := spec["containers"].([]any)
	if !hasContainers || len(containers) == 0 {
		if isBuiltIn {
			return nil, fmt.Errorf("has no containers at %s", pathText(path))
		}
		return nil, nil
	}
	var pod corev1.PodTemplateSpec
	if err := manifests.Decode(fields, &pod); err != nil {
		return nil, fmt.Errorf("its pod cannot be read: %w", err)
	}
	return &pod, nil
}

func pathText(path []string) string {
	text := ""
	for _, key := range path {
		text += key + "."
	}
	return text + "spec.containers"
}

func violationsOf(object manifests.Object) ([]Violation, error) {
	pod, err := podOf(object)
	if pod == nil || err != nil {
		return nil, err
	}
	var violations []Violation
	for _, check := range restricted() {
		result := check.latest.CheckPod(&pod.ObjectMeta, &pod.Spec)
		if result.Allowed {
			continue
		}
		violations = append(violations, Violation{
			File:            object.File,
			Document:        object.Document,
			Line:            object.Line,
			APIVersion:      object.APIVersion,
			Kind:            object.Kind,
			Namespace:       object.Namespace,
			Name:            object.Name,
			Check:           string(check.id),
			ForbiddenReason: result.ForbiddenReason,
			ForbiddenDetail: result.ForbiddenDetail,
		})
	}
	return violations, nil
}

type namedCheck struct {
	id     policy.CheckID
	latest policy.VersionedCheck
}

// restricted gives the checks of the level in their latest versions. The library's own evaluator does not say which check
// a result is of; a restricted check that is stricter than one of baseline stands in its place, as there.
func restricted() []namedCheck {
	var checks []namedCheck
	replaced := map[policy.CheckID]bool{}
	for _, check := range policy.DefaultChecks() {
		latest := check.Versions[len(check.Versions)-1]
		checks = append(checks, namedCheck{check.ID, latest})
		if check.Level == api.LevelRestricted {
			for _, id := range latest.OverrideCheckIDs {
				replaced[id] = true
			}
		}
	}
	kept := checks[:0]
	for _, check := range checks {
		if !replaced[check.id] {
			kept = append(kept, check)
		}
	}
	return kept
}
