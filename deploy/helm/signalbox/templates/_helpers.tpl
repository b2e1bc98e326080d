{{- define "signalbox.selector" -}}
app.kubernetes.io/name: signalbox
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "signalbox.defaultBackendSelector" -}}
app.kubernetes.io/name: {{ .Values.defaultBackend.name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "signalbox.chartLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "signalbox.labels" -}}
{{ include "signalbox.selector" . }}
{{ include "signalbox.chartLabels" . }}
{{- end }}

{{- define "signalbox.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end }}

{{- define "signalbox.loadBalancer" -}}
{{ .Release.Name }}-load-balancer
{{- end }}

{{/* Takes an image of the values, and the tag that goes for none. */}}
{{- define "signalbox.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end }}

{{- define "signalbox.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "signalbox.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "signalbox.haproxyPorts" -}}
- name: http
  containerPort: 8080
- name: https
  containerPort: 8443
- name: stat
  containerPort: 1024
- name: healthz
  containerPort: 1042
{{- end }}

{{- define "signalbox.drain" -}}
preStop:
  exec:
    command: [sleep, {{ .Values.drainSeconds | quote }}]
{{- end }}
