{{- /*
Security context of a pod: no root, one user and group for everything, the runtime's system call filter. It meets the
level "restricted" of the Pod Security Standards; single fields can be replaced.
Args: values (with podSecurityContext).
*/ -}}
{{- define "common.podSecurityContext" -}}
{{- $default := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- toYaml (mergeOverwrite $default (deepCopy (.values.podSecurityContext | default dict))) -}}
{{- end -}}

{{- /*
Security context of a container: nothing to write to but its volumes, no privilege, no way to gain one.
Args: values (with containerSecurityContext).
*/ -}}
{{- define "common.containerSecurityContext" -}}
{{- $default := dict "allowPrivilegeEscalation" false "capabilities" (dict "drop" (list "ALL")) "privileged" false "readOnlyRootFilesystem" true "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- toYaml (mergeOverwrite $default (deepCopy (.values.containerSecurityContext | default dict))) -}}
{{- end -}}
