// Package config is the only door to the environment: every setting of every command is declared here,
// checked at start and handed out typed. deploy/config/cruvero.yaml lists the same keys; a test holds the two together.
package config

// Kind says where a value may be kept: a ConfigMap or a Secret.
type Kind string

// The kinds that the registry knows.
const (
	Plain  Kind = "config"
	Secret Kind = "secret"
)

// Key declares one environment variable and the field that its value goes to.
type Key struct {
	Name     string
	Kind     Kind
	Required bool
	Default  string

	store func(text string) error
}

// Settings is what a command declares: its keys, bound to its own fields.
type Settings interface {
	Keys() []Key
	Logging() Process
}

// bind declares an optional plain key; parse turns the text into the field's value and says what is allowed when it cannot.
func bind[T any](target *T, name string, parse func(text string) (T, error)) Key {
	return Key{Name: name, Kind: Plain, store: func(text string) error {
		value, err := parse(text)
		if err != nil {
			return err
		}
		*target = value
		return nil
	}}
}

func (k Key) secret() Key {
	k.Kind = Secret
	return k
}

func (k Key) required() Key {
	k.Required = true
	return k
}

func (k Key) defaultTo(text string) Key {
	k.Default = text
	return k
}
