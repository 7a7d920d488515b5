{{- /*
Reference of an image: `registry/repository@digest`, or `:tag` where there is no digest. The registry is the image's own
or global.imageRegistry, the tag the image's own or the chart's appVersion.
Args: root (chart context), image (map with registry, repository, tag, digest), name (component, for messages).
*/ -}}
{{- define "common.image" -}}
{{- $chart := .root.Chart.Name -}}
{{- $path := ternary "image" (printf "%s.image" .name) (eq .name $chart) -}}
{{- $global := .root.Values.global | default dict -}}
{{- $image := .image -}}
{{- if not $image.repository -}}
{{- fail (printf "%s: %s.repository is empty; set the repository of the image" $chart $path) -}}
{{- end -}}
{{- $registry := $image.registry | default $global.imageRegistry -}}
{{- $repository := ternary (printf "%s/%s" $registry $image.repository) $image.repository (not (empty $registry)) -}}
{{- $tag := $image.tag | default .root.Chart.AppVersion | toString -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else if $global.requireDigest -}}
{{- fail (printf "%s: %s.digest is missing, and global.requireDigest asks for one; set it to sha256:<64 hexadecimal digits> of the image that was built" $chart $path) -}}
{{- else if or (eq $tag "latest") (hasPrefix "latest-" $tag) -}}
{{- fail (printf "%s: %s.tag is %s, which moves; set a version or a digest" $chart $path $tag) -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end -}}

{{- /*
Secrets that images are pulled with, as a list; empty where there are none.
Args: root (chart context), image (map, with pullSecrets if wanted).
*/ -}}
{{- define "common.pullSecrets" -}}
{{- $global := .root.Values.global | default dict -}}
{{- range $name := concat (.image.pullSecrets | default list) ($global.imagePullSecrets | default list) | uniq }}
- name: {{ $name | quote }}
{{- end }}
{{- end -}}
