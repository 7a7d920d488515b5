{{- /*
Specification of a pod: no token, no variables of other Services, its security context, where it may run, /tmp.
Args: root (chart context), component, values (settings of the component), containers (text: a list), volumes and
initContainers (optional texts: lists), restartPolicy (optional: default Always), placement (optional text: default
common.placement; `none` leaves it to the scheduler), activeDeadlineSeconds (optional), key (optional: where the values are,
for messages).
*/ -}}
{{- define "common.podSpec" -}}
{{- $values := .values -}}
{{- $placement := .placement | default (include "common.placement" .) -}}
serviceAccountName: {{ include "common.serviceAccountName" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "common.pullSecrets" (dict "root" .root "image" $values.image) }}
imagePullSecrets:
  {{- . | nindent 2 }}
{{- end }}
restartPolicy: {{ .restartPolicy | default "Always" | quote }}
{{- with .activeDeadlineSeconds }}
activeDeadlineSeconds: {{ . | int }}
{{- end }}
securityContext:
  {{- include "common.podSecurityContext" (dict "values" $values) | nindent 2 }}
{{- if not (kindIs "invalid" $values.terminationGracePeriodSeconds) }}
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds | int }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if ne $placement "none" }}
{{ $placement }}
{{- end }}
{{- with .initContainers }}
initContainers:
  {{- . | nindent 2 }}
{{- end }}
containers:
  {{- .containers | nindent 2 }}
volumes:
  - name: "tmp"
    emptyDir:
      sizeLimit: {{ $values.tmpSize | default "64Mi" | quote }}
  {{- with .volumes }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /*
The one container of a pod, as a list.
Args: root (chart context), component, values (settings of the component), container (text: further fields), key (optional:
where the values are, for messages).
*/ -}}
{{- define "common.container" -}}
- name: {{ .component | quote }}
  image: {{ include "common.image" (dict "root" .root "image" .values.image "name" (.key | default .component)) | quote }}
  imagePullPolicy: {{ .values.image.pullPolicy | quote }}
  securityContext:
    {{- include "common.containerSecurityContext" (dict "values" .values) | nindent 4 }}
  resources:
    {{- toYaml .values.resources | nindent 4 }}
  {{- .container | nindent 2 }}
  volumeMounts:
    - name: "tmp"
      mountPath: "/tmp"
    {{- with .values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
Keeps pods of one component on different nodes and zones: as a wish, or as a condition with `antiAffinity: required`.
`affinity` and `topologySpreadConstraints` replace it. The pods of one revision are counted alone where revisionKey names
the label that tells them apart; else a condition would stop a rollout on a cluster with one node for each replica.
Args: root (chart context), component, values (with antiAffinity, affinity and topologySpreadConstraints, if wanted),
revisionKey (optional).
*/ -}}
{{- define "common.placement" -}}
{{- $isRequired := eq (.values.antiAffinity | default "preferred") "required" -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "common.selectorLabels" . | fromYaml)) -}}
{{- with .revisionKey -}}
{{- $_ := set $selector "matchLabelKeys" (list .) -}}
{{- end -}}
affinity:
  {{- if .values.affinity }}
  {{- toYaml .values.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    {{- $term := merge (dict "topologyKey" "kubernetes.io/hostname") $selector }}
    {{- if $isRequired }}
    requiredDuringSchedulingIgnoredDuringExecution:
      {{- list $term | toYaml | nindent 6 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      {{- list (dict "weight" 100 "podAffinityTerm" $term) | toYaml | nindent 6 }}
    {{- end }}
  {{- end }}
topologySpreadConstraints:
  {{- if .values.topologySpreadConstraints }}
  {{- toYaml .values.topologySpreadConstraints | nindent 2 }}
  {{- else }}
  {{- $when := ternary "DoNotSchedule" "ScheduleAnyway" $isRequired }}
  {{- list (merge (dict "maxSkew" 1 "topologyKey" "topology.kubernetes.io/zone" "whenUnsatisfiable" $when) $selector) | toYaml | nindent 2 }}
  {{- end }}
{{- end -}}
