{{- /*
Ingress of a chart that is one component: one host, by name.
Args: root (chart context).
*/ -}}
{{- define "common.appIngress" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $ingress := .root.Values.ingress -}}
{{- $issuer := dict -}}
{{- if and $ingress.tls $ingress.clusterIssuer -}}
{{- $issuer = dict "cert-manager.io/cluster-issuer" $ingress.clusterIssuer -}}
{{- end -}}
apiVersion: "networking.k8s.io/v1"
kind: "Ingress"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" $traits.component "annotations" (merge dict $ingress.annotations $issuer)) | nindent 2 }}
spec:
  {{- with $ingress.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  {{- if $ingress.tls }}
  tls:
    - hosts: [{{ $ingress.host | quote }}]
      secretName: {{ $ingress.tlsSecretName | quote }}
  {{- end }}
  rules:
    - host: {{ $ingress.host | quote }}
      http:
        paths:
          - path: {{ $ingress.path | quote }}
            pathType: "Prefix"
            backend:
              service:
                name: {{ include "common.componentName" (dict "root" .root "component" $traits.component) | quote }}
                port:
                  name: {{ $traits.portName | quote }}
{{- end -}}

{{- /*
NetworkPolicy of a chart that is one component: in from the ingress controller, Prometheus while
metrics are scraped, and the test pod;
out to the names and what is given.
Args: root (chart context), egress (list of rules besides that for names).
*/ -}}
{{- define "common.appNetworkPolicy" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $peers := list -}}
{{- if .root.Values.ingress.enabled -}}
{{- $peers = concat $peers $policy.ingressController.peers -}}
{{- end -}}
{{- if and $traits.metrics .root.Values.global.observability.enabled -}}
{{- $peers = concat $peers $policy.prometheus.peers -}}
{{- end -}}
{{- if .root.Values.test.enabled -}}
{{- $peers = append $peers (dict "podSelector" (dict "matchLabels" (include "common.peerLabels" (dict "root" .root "component" "test") | fromYaml))) -}}
{{- end -}}
{{- $ingress := list -}}
{{- if $peers -}}
{{- $ingress = list (dict "from" $peers "ports" (list (dict "port" (include "common.appPort" . | int) "protocol" "TCP"))) -}}
{{- end -}}
{{- include "common.networkPolicy" (dict "root" .root "component" $traits.component "ingress" (concat $ingress $policy.extraIngress) "egress" (concat .egress $policy.extraEgress)) -}}
{{- end -}}

{{- /*
Egress rule for the resolution of names.
Args: root (chart context).
*/ -}}
{{- define "common.dnsEgress" -}}
to:
  {{- toYaml .root.Values.networkPolicy.dns.peers | nindent 2 }}
ports:
  - port: 53
    protocol: "UDP"
  - port: 53
    protocol: "TCP"
{{- end -}}

{{- /*
Renders nothing: fails where the values of a chart that is one component contradict each other or the environment.
Args: root (chart context).
*/ -}}
{{- define "common.appValidate" -}}
{{- $chart := .root.Chart.Name -}}
{{- $values := .root.Values -}}
{{- $isDeployed := ne $values.environment "" -}}
{{- $isStrict := has $values.environment (list "staging" "prod") -}}
{{- if and $isDeployed (not $values.image.digest) (contains "<" $values.image.tag) -}}
{{- fail (printf "%s: image.tag is the placeholder %s; set it to sha-<commit> of the image that was built, or set image.digest" $chart $values.image.tag) -}}
{{- end -}}
{{- if and $values.ingress.enabled $isStrict (not $values.ingress.tls) -}}
{{- fail (printf "%s: ingress.tls is false, and %s refuses an entry without TLS; set it to true" $chart $values.environment) -}}
{{- end -}}
{{- if and $values.ingress.enabled $values.networkPolicy.enabled (not $values.networkPolicy.ingressController.peers) -}}
{{- fail (printf "%s: ingress.enabled is set and networkPolicy.ingressController.peers is empty, so nobody could reach the pods; name those of the ingress controller" $chart) -}}
{{- end -}}
{{- if and (eq $values.environment "prod") (not $values.global.requireDigest) -}}
{{- fail (printf "%s: global.requireDigest is false, and prod refuses images without a digest; set it to true" $chart) -}}
{{- end -}}
{{- end -}}
