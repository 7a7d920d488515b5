package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

// renderer renders the strings of one ApplicationSet.
type renderer struct {
	base *template.Template
	// patch is the text of spec.templatePatch; "" where there is none.
	patch string
	// keepsResources is spec.syncPolicy.preserveResourcesOnDeletion.
	keepsResources bool
}

func newRenderer(spec object) (*renderer, error) {
	if isGo, _ := spec["goTemplate"].(bool); !isGo {
		return nil, at(path{"spec", "goTemplate"}, "only Go templates are expanded, for in others a parameter that is missing stays in the text")
	}
	base := template.New("").Funcs(functions())
	options, _ := spec["goTemplateOptions"].([]any)
	for index, option := range options {
		if err := setOption(base, fmt.Sprint(option)); err != nil {
			return nil, at(path{"spec", "goTemplateOptions", index}, "%w", err)
		}
	}
	patch, _ := spec["templatePatch"].(string)
	policy, _ := spec["syncPolicy"].(object)
	keeps, _ := policy["preserveResourcesOnDeletion"].(bool)
	return &renderer{base, patch, keeps}, nil
}

// setOption sets an option; the library panics for one that it does not know.
func setOption(base *template.Template, option string) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	base.Option(option)
	return nil
}

// replaceAll renders every string of a value, and every key of its maps.
func (r *renderer) replaceAll(value any, where path, values object) (any, error) {
	switch from := value.(type) {
	case string:
		return r.replace(from, where, values)
	case []any:
		list := make([]any, len(from))
		for index, item := range from {
			var err error
			if list[index], err = r.replaceAll(item, below(where, index), values); err != nil {
				return nil, err
			}
		}
		return list, nil
	case object:
		result := object{}
		for _, key := range slices.Sorted(maps.Keys(from)) {
			replaced, err := r.replaceAll(from[key], below(where, key), values)
			if err != nil {
				return nil, err
			}
			name, err := r.replace(key, below(where, key), values)
			if err != nil {
				return nil, err
			}
			result[name] = replaced
		}
		return result, nil
	default:
		return value, nil
	}
}

func below(where path, step any) path {
	return append(slices.Clone(where), step)
}

// replace renders one text.
func (r *renderer) replace(text string, where path, values object) (string, error) {
	cloned, err := r.base.Clone()
	if err != nil {
		return "", err
	}
	parsed, err := cloned.Parse(text)
	if err != nil {
		return "", placed{where, plainError(err)}
	}
	var result strings.Builder
	if err := parsed.Execute(&result, values); err != nil {
		return "", placed{where, plainError(err)}
	}
	return result.String(), nil
}

var position = regexp.MustCompile(`^template: :(\d+)(?::\d+)?: `)

// plainError says what the library says, with the line of the text in words: the templates have no names.
func plainError(err error) error {
	text := position.ReplaceAllString(err.Error(), "line $1 of the template: ")
	return errors.New(strings.ReplaceAll(text, `executing "" at`, "at"))
}

// functions are those of Argo CD: sprig without what tells of the machine, and six of its own.
func functions() template.FuncMap {
	all := sprig.GenericFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(all, name)
	}
	all["normalize"] = normalize
	all["slugify"] = slugify
	all["toYaml"] = toYAML
	all["fromYaml"] = func(text string) (object, error) {
		value := object{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	all["fromYamlArray"] = func(text string) ([]any, error) {
		value := []any{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	return all
}

var noNameCharacter = regexp.MustCompile("[^-a-z0-9.]")

func normalize(name string) string {
	name = noNameCharacter.ReplaceAllString(strings.ToLower(name), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

func toYAML(value any) (string, error) {
	text, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(text), "\n"), err
}

// slugify takes a name as its last argument; before it may stand the most characters, and whether words stay whole.
func slugify(arguments ...any) (string, error) {
	limit, whole, name := 50, true, ""
	for index, argument := range arguments {
		var fits bool
		switch index {
		case len(arguments) - 1:
			name, fits = argument.(string)
		case 0:
			limit, fits = argument.(int)
		case 1:
			whole, fits = argument.(bool)
		}
		if !fits {
			return "", fmt.Errorf("slugify takes a length, true or false, and a name, of which only the last must be given; argument %d is %v", index+1, argument)
		}
	}
	slug.MaxLength, slug.EnableSmartTruncate = limit, whole
	return slug.Make(normalize(name)), nil
}
