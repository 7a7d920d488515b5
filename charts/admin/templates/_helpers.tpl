{{- /*
The templates of this chart are those of the library for a chart that is one component; files/component.yaml says which.
*/ -}}
