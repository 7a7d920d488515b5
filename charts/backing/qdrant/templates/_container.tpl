{{- /*
Fields of the container that only Qdrant has.
Args: root (chart context).
*/ -}}
{{- define "qdrant.container" -}}
{{- $values := .root.Values -}}
env:
  # It would be written beside the program, where nothing can be written.
  - name: "QDRANT_INIT_FILE_PATH"
    value: "/tmp/.qdrant-initialized"
  - name: "QDRANT__CLUSTER__ENABLED"
    value: "false"
  - name: "QDRANT__LOG_LEVEL"
    value: {{ $values.logLevel | quote }}
  - name: "QDRANT__SERVICE__API_KEY"
    valueFrom:
      secretKeyRef:
        name: {{ $values.auth.existingSecret | quote }}
        key: {{ $values.auth.existingSecretKey | quote }}
  - name: "QDRANT__SERVICE__MAX_REQUEST_SIZE_MB"
    value: {{ $values.maxRequestSizeMiB | quote }}
  - name: "QDRANT__STORAGE__SNAPSHOTS_PATH"
    value: "/qdrant/storage/snapshots"
  - name: "QDRANT__STORAGE__STORAGE_PATH"
    value: "/qdrant/storage"
  - name: "QDRANT__TELEMETRY_DISABLED"
    value: "true"
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: "http"
    containerPort: 6333
    protocol: "TCP"
  - name: "grpc"
    containerPort: 6334
    protocol: "TCP"
# Ready when all collections are loaded. None of the three asks for the API key.
startupProbe:
  httpGet:
    path: "/readyz"
    port: "http"
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 150
readinessProbe:
  httpGet:
    path: "/readyz"
    port: "http"
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet:
    path: "/livez"
    port: "http"
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- /*
Where the container has its volumes, besides /tmp.
Args: none.
*/ -}}
{{- define "qdrant.mounts" -}}
- name: "data"
  mountPath: "/qdrant/storage"
{{- end -}}
