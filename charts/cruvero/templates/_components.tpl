{{- /*
What the components are, apart from what the values say: where their values stand, which program they run and how the
registry of configuration keys calls it, the port that it serves and the key that sets it, how it is probed, and what it
connects to. graph-worker and embed-worker offer no HTTP to anybody, so they are asked from inside (C-24).
As JSON, which is read a dozen times as fast as YAML: a render asks hundreds of times.
Args: none.
*/ -}}
{{- define "cruvero.components" -}}
{
  "api": { "key": "api", "program": "api", "port": "http", "portKey": "HTTP_PORT", "probe": "http", "uses": ["cache", "database", "nats", "temporal"] },
  "embed-worker": { "key": "embedWorker", "program": "embed-worker", "port": "health", "portKey": "HEALTH_PORT", "probe": "exec", "uses": ["nats", "qdrant"] },
  "graph-worker": { "key": "graphWorker", "program": "graph-worker", "port": "health", "portKey": "HEALTH_PORT", "probe": "exec", "uses": ["database", "nats"] },
  "migrator": { "key": "migrator", "program": "migrate", "uses": ["database"] },
  "ui": { "key": "ui", "program": "ui", "port": "http", "portKey": "HTTP_PORT", "probe": "http", "uses": ["api"] },
  "worker": { "key": "worker", "program": "worker", "port": "health", "portKey": "HEALTH_PORT", "probe": "http", "uses": ["database", "nats", "temporal"] }
}
{{- end -}}

{{- /*
What one component is, as JSON.
Args: component.
*/ -}}
{{- define "cruvero.traits" -}}
{{- get (include "cruvero.components" dict | fromJson) .component | toJson -}}
{{- end -}}

{{- /*
Values of a component, as JSON: `defaults`, and over them its own.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.values" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) (get .root.Values $traits.key) | toJson -}}
{{- end -}}

{{- /*
Arguments that the templates of `common` take for a component, as a JSON map without `root`.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.arguments" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- dict "component" .component "key" $traits.key "values" (include "cruvero.values" . | fromJson) | toJson -}}
{{- end -}}

{{- /*
Names of the components that run all the time and are enabled, as a JSON list in order of name.
Args: root (chart context).
*/ -}}
{{- define "cruvero.services" -}}
{{- $names := list -}}
{{- range $name, $traits := include "cruvero.components" dict | fromJson -}}
{{- if and (hasKey $traits "port") (get $.root.Values $traits.key).enabled -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- sortAlpha $names | toJson -}}
{{- end -}}

{{- /*
Name of the objects of a bundled service, which is a subchart.
Args: root (chart context), name (of the subchart).
*/ -}}
{{- define "cruvero.bundledName" -}}
{{- include "common.componentName" (dict "root" (get .root.Subcharts .name) "component" .name) -}}
{{- end -}}
