{{- /*
How the migrations run: `hook` before an install or upgrade, `job` among the other objects. A bundled database does not
exist before the first install, so `auto` runs them then beside the database, and as a hook at every upgrade.
Args: root (chart context).
*/ -}}
{{- define "api.migrateMode" -}}
{{- $mode := .root.Values.migrations.mode -}}
{{- if ne $mode "auto" -}}
{{- $mode -}}
{{- else if and .root.Values.postgresql.enabled .root.Release.IsInstall -}}
job
{{- else -}}
hook
{{- end -}}
{{- end -}}

{{- /*
Annotations of an object of the migrations, as YAML. Its objects are its own: helm deletes what a hook delivers when all
of it has succeeded, since no uninstall would, and makes it anew; nothing else may depend on that. What failed stays.
Args: root (chart context), weight (text: order among the hooks).
*/ -}}
{{- define "api.migrateAnnotations" -}}
{{- $isHook := eq (include "api.migrateMode" .) "hook" -}}
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
{{- /* After the bundled database (-5), before the API (0). */}}
argocd.argoproj.io/sync-wave: {{ ternary "-1" (ternary .weight "-10" $isHook) $isJob | quote }}
{{- end -}}

{{- /*
Arguments of `common` for an object of the migrations, as YAML without `root`; empty where they are off.
Args: root (chart context), weight.
*/ -}}
{{- define "api.migrateArguments" -}}
{{- if and .root.Values.enabled .root.Values.migrations.enabled -}}
{{- $arguments := include "common.appArguments" . | fromYaml -}}
component: "migrate"
key: "api"
values:
  {{- merge (dict "serviceAccount" (dict "create" true "name" "")) $arguments.values | toYaml | nindent 2 }}
annotations:
  {{- include "api.migrateAnnotations" . | trim | nindent 2 }}
{{- end -}}
{{- end -}}

{{- /*
Pod template of the migrations: the image of the API with another command.
Args: root (chart context).
*/ -}}
{{- define "api.migratePod" -}}
{{- $arguments := merge (dict "root" .root) (include "api.migrateArguments" (dict "root" .root "weight" "-5") | fromYaml) -}}
{{- $config := include "common.appConfig" . | fromYaml -}}
{{- $container := include "api.migrateContainer" (dict "root" .root "logLevel" $config.LOG_LEVEL) -}}
metadata:
  labels:
    {{- include "common.podLabels" $arguments | nindent 4 }}
  {{- with $arguments.values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- $values := $arguments.values }}
  {{- $volumes := ternary "" (toYaml $values.extraVolumes) (empty $values.extraVolumes) }}
  {{- include "common.podSpec" (merge (dict "volumes" $volumes "containers" (include "common.container" (merge (dict "container" $container) $arguments)) "restartPolicy" "Never" "placement" "none") $arguments) | nindent 2 }}
{{- end -}}

{{- /*
Fields of the container of the migrations.
Args: root (chart context), logLevel.
*/ -}}
{{- define "api.migrateContainer" -}}
command: ["python", "-m", "yab_backend.migrate"]
env:
  {{- include "api.databaseEnv" . | trim | nindent 2 }}
  - name: "DATABASE_WAIT_SECONDS"
    value: {{ .root.Values.migrations.databaseWaitSeconds | toString | quote }}
  - name: "LOG_LEVEL"
    value: {{ .logLevel | quote }}
{{- end -}}
