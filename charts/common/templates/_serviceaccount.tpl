{{- /*
Name of the ServiceAccount of a component: the one that the values name, or its own. A component without an own one must
name one: `default` is everybody's.
Args: root (chart context), component, values (with serviceAccount), key (optional: where the values are, for messages).
*/ -}}
{{- define "common.serviceAccountName" -}}
{{- if .values.serviceAccount.name -}}
{{- .values.serviceAccount.name -}}
{{- else if .values.serviceAccount.create -}}
{{- include "common.componentName" (dict "root" .root "component" .component) -}}
{{- else -}}
{{- $path := ternary "serviceAccount" (printf "%s.serviceAccount" (.key | default .component)) (eq .component .root.Chart.Name) -}}
{{- fail (printf "%s: %s.create is false and %s.name is empty; name an existing ServiceAccount" .root.Chart.Name $path $path) -}}
{{- end -}}
{{- end -}}

{{- /*
ServiceAccount of a component, without a token.
Args: root (chart context), component, values (with serviceAccount), annotations (optional map; they win).
*/ -}}
{{- define "common.serviceAccount" -}}
{{- $annotations := merge dict (.annotations | default dict) (.values.serviceAccount.annotations | default dict) -}}
apiVersion: "v1"
kind: "ServiceAccount"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component "name" (include "common.serviceAccountName" .) "annotations" $annotations) | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
