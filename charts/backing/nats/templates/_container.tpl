{{- /*
Fields of the container that only NATS has.
Args: root (chart context).
*/ -}}
{{- define "nats.container" -}}
{{- $values := .root.Values -}}
args: ["--config", "/etc/nats/nats.conf"]
env:
  # Nine tenths of the limit: the collector of garbage has to start before the kernel kills.
  - name: "GOMEMLIMIT"
    value: {{ div (mul (include "common.bytes" (dict "quantity" $values.resources.limits.memory)) 9) 10 | quote }}
  - name: "NATS_TOKEN"
    valueFrom:
      secretKeyRef:
        name: {{ $values.auth.existingSecret | quote }}
        key: {{ $values.auth.existingSecretKey | quote }}
  # In quotes, as the configuration reads it: a token of digits would be a number there.
  - name: "NATS_TOKEN_TEXT"
    value: "\"$(NATS_TOKEN)\""
  - name: "POD_NAME"
    valueFrom:
      fieldRef:
        fieldPath: "metadata.name"
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
lifecycle:
  preStop:
    # Takes no new clients, sends the others away one by one, and then ends; SIGTERM does not cut that short.
    exec:
      command: ["nats-server", "--signal=ldm=/var/run/nats/nats.pid"]
ports:
  - name: "nats"
    containerPort: 4222
    protocol: "TCP"
  - name: "monitor"
    containerPort: 8222
    protocol: "TCP"
# Healthy when the streams are recovered too.
startupProbe:
  httpGet:
    path: "/healthz"
    port: "monitor"
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 90
readinessProbe:
  httpGet:
    path: "/healthz?js-server-only=true"
    port: "monitor"
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet:
    path: "/healthz?js-enabled-only=true"
    port: "monitor"
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- /*
Where the container has its volumes, besides /tmp.
Args: none.
*/ -}}
{{- define "nats.mounts" -}}
- name: "config"
  mountPath: "/etc/nats"
  readOnly: true
- name: "data"
  mountPath: "/data"
- name: "run"
  mountPath: "/var/run/nats"
{{- end -}}

{{- /*
Volumes of the pod besides its data.
Args: root (chart context).
*/ -}}
{{- define "nats.volumes" -}}
- name: "config"
  configMap:
    name: {{ include "common.componentName" (dict "root" .root "component" "nats") | quote }}
- name: "run"
  emptyDir:
    sizeLimit: "1Mi"
{{- end -}}

{{- /*
Configuration of the server.
Args: root (chart context).
*/ -}}
{{- define "nats.config" -}}
{{- $values := .root.Values -}}
server_name: $POD_NAME
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
pid_file: "/var/run/nats/nats.pid"
max_payload: {{ int64 $values.maxPayloadBytes }}
lame_duck_grace_period: "5s"
lame_duck_duration: "{{ int64 $values.lameDuckSeconds }}s"
authorization {
  token: $NATS_TOKEN_TEXT
}
jetstream {
  store_dir: "/data"
  # Nine tenths of the volume: JetStream counts messages, and not what they take besides on the disk.
  max_file_store: {{ div (mul (include "common.dataBytes" (dict "values" $values)) 9) 10 }}
  max_memory_store: {{ include "common.bytes" (dict "quantity" $values.jetstream.memoryStore) }}
}
{{- end -}}
