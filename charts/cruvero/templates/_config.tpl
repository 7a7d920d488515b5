{{- /*
The registry of configuration keys, as JSON: all keys of a program, in order of name.
Args: root (chart context), program, kind (`config` or `secret`).
*/ -}}
{{- define "cruvero.keys" -}}
{{- /* A render asks dozens of times, so the file is read once, and kept beside what Helm puts there. */ -}}
{{- if not (hasKey .root "configKeys") -}}
{{- $_ := set .root "configKeys" (.root.Files.Get "files/config-keys.yaml" | fromYamlArray) -}}
{{- end -}}
{{- $found := list -}}
{{- range .root.configKeys -}}
{{- if and (has $.program .components) (eq .kind $.kind) -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- /*
Values of configuration keys that follow from other values, as a YAML map: addresses of what is bundled or external.
Args: root (chart context).
*/ -}}
{{- define "cruvero.computedConfig" -}}
{{- $values := .root.Values -}}
{{- $external := $values.external -}}
{{- if $values.api.enabled }}
API_URL: {{ printf "http://%s:%d" (include "common.componentName" (dict "root" .root "component" "api")) (int $values.api.service.port) | quote }}
{{- end }}
{{- if $values.dragonfly.enabled }}
CACHE_URL: {{ printf "redis://%s:6379" (include "cruvero.bundledName" (dict "root" .root "name" "dragonfly")) | quote }}
{{- else }}
CACHE_URL: {{ $external.cache.url | quote }}
{{- end }}
{{- if $values.postgresql.enabled }}
# The database starts together with the migrator and may have to fetch its image first.
DATABASE_WAIT_TIMEOUT: "3m"
{{- end }}
{{- if $values.nats.enabled }}
NATS_URL: {{ printf "nats://%s:4222" (include "cruvero.bundledName" (dict "root" .root "name" "nats")) | quote }}
{{- else }}
NATS_URL: {{ $external.nats.url | quote }}
{{- end }}
{{- if $values.qdrant.enabled }}
QDRANT_URL: {{ printf "http://%s:6333" (include "cruvero.bundledName" (dict "root" .root "name" "qdrant")) | quote }}
{{- else }}
QDRANT_URL: {{ $external.qdrant.url | quote }}
{{- end }}
TEMPORAL_ADDRESS: {{ $external.temporal.address | quote }}
{{- end -}}

{{- /*
The configuration of a component, as a YAML map of texts: exactly the keys that the registry lists for it. A value comes
from `config` of the component or of `defaults`, else follows from other values, else is the registry's default. What is
optional and has none is empty, which the programs take for absent.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.config" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- $given := mergeOverwrite (include "cruvero.computedConfig" . | fromYaml) (include "cruvero.values" . | fromJson).config -}}
{{- range include "cruvero.keys" (dict "root" .root "program" $traits.program "kind" "config") | fromJsonArray }}
{{- $value := get $given .name -}}
{{- $text := ternary $value (toJson $value) (kindIs "string" $value) | default .default -}}
{{- if and .required (empty $text) -}}
{{- fail (printf "cruvero: %s.config.%s has no value, and the component does not start without one; set it to: %s" $traits.key .name .description) -}}
{{- end }}
{{ .name }}: {{ $text | default "" | quote }}
{{- end }}
{{- end -}}

{{- /*
One configuration value of a component.
Args: root (chart context), component, name.
*/ -}}
{{- define "cruvero.configValue" -}}
{{- get (include "cruvero.config" . | fromYaml) .name -}}
{{- end -}}

{{- /*
Number of the port that a component serves.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.port" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- include "cruvero.configValue" (dict "root" .root "component" .component "name" $traits.portKey) -}}
{{- end -}}
