{{- /*
How the migrator runs: `hook` before an install or upgrade, `job` among the other objects. A bundled database does not
exist before the first install, so `auto` runs it then beside the database, and as a hook at every upgrade. Argo CD only
ever renders installs, and makes a hook of its own of either.
Args: root (chart context).
*/ -}}
{{- define "cruvero.migratorMode" -}}
{{- $mode := .root.Values.migrator.mode -}}
{{- if ne $mode "auto" -}}
{{- $mode -}}
{{- else if and .root.Values.postgresql.enabled .root.Release.IsInstall -}}
job
{{- else -}}
hook
{{- end -}}
{{- end -}}

{{- /*
Annotations of an object of the migrator, as YAML. Its objects are its own: helm deletes what a hook delivers when all of
it has succeeded, since no uninstall would, and makes it anew; nothing else may depend on that. What failed stays.
Args: root (chart context), weight (text: order among the hooks).
*/ -}}
{{- define "cruvero.migratorAnnotations" -}}
{{- $isHook := eq (include "cruvero.migratorMode" .) "hook" -}}
{{- $isJob := eq .weight "-5" -}}
{{- if $isHook }}
helm.sh/hook: "pre-install,pre-upgrade"
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"
{{- end }}
{{- if and $isHook $isJob }}
helm.sh/hook-output-log-policy: "hook-failed"
{{- end }}
{{- if or $isHook $isJob }}
argocd.argoproj.io/hook: "Sync"
argocd.argoproj.io/hook-delete-policy: {{ ternary "BeforeHookCreation,HookSucceeded" "BeforeHookCreation" $isHook | quote }}
{{- end }}
{{- /* After the bundled database (-5), before the services (0). */}}
argocd.argoproj.io/sync-wave: {{ ternary "-1" (ternary .weight "-10" $isHook) $isJob | quote }}
{{- end -}}

{{- /*
Arguments of `common` for an object of the migrator, as JSON without `root`; an empty map where it is disabled.
Args: root (chart context), weight.
*/ -}}
{{- define "cruvero.migratorArguments" -}}
{{- if .root.Values.migrator.enabled -}}
{{- $arguments := include "cruvero.arguments" (dict "root" .root "component" "migrator") | fromJson -}}
{{- set $arguments "annotations" (include "cruvero.migratorAnnotations" . | fromYaml) | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{- /*
Pod template of the migrator.
Args: root (chart context).
*/ -}}
{{- define "cruvero.migratorPod" -}}
{{- $named := dict "root" .root "component" "migrator" -}}
{{- $arguments := merge $named (include "cruvero.arguments" $named | fromJson) -}}
{{- $values := $arguments.values -}}
{{- $volumes := ternary "" (toYaml $values.extraVolumes) (empty $values.extraVolumes) -}}
{{- $container := include "common.container" (merge (dict "container" (include "cruvero.environment" $named)) $arguments) -}}
{{- /* There is one pod of it, which no other has to keep away from. */ -}}
{{- $placement := ternary "none" (dict "affinity" $values.affinity | toYaml) (empty $values.affinity) -}}
metadata:
  labels:
    {{- include "common.podLabels" $arguments | nindent 4 }}
  annotations:
    {{- merge (dict "checksum/config" (include "cruvero.checksum" $named)) $values.podAnnotations | toYaml | nindent 4 }}
spec:
  {{- include "common.podSpec" (merge (dict "volumes" $volumes "containers" $container "restartPolicy" "Never" "placement" $placement) $arguments) | nindent 2 }}
{{- end -}}
