// Package idtui replaces the engine's terminal interface, which the embedded mode does not have.
// These are the names that the rest of the engine takes from it.
package idtui

import (
	"fmt"
	"io"

	"github.com/dagger/dagger/dagql/call"
	"github.com/muesli/termenv"
)

// Marks in front of a line; the scrubber of recorded output looks for them too.
const (
	DotFilled   = "●"
	IconSuccess = "✔"
	IconCached  = "$"
	IconFailure = "✘"
)

// SkipLoggedOutTraceMsgEnvs names the variables that silence the hint about traces.
var SkipLoggedOutTraceMsgEnvs = []string{"DAGGER_NO_NAG"}

// Dump writes the call behind an object, one line with the given frame.
type Dump struct {
	Newline string
	Prefix  string
}

// DumpID writes one line for id.
func (d *Dump) DumpID(out *termenv.Output, id *call.ID) error {
	_, err := fmt.Fprintf(out, "%s%s%s", d.Prefix, id.Display(), d.Newline)
	return err
}

// NewOutput returns a plain terminal output.
func NewOutput(w io.Writer, options ...termenv.OutputOption) *termenv.Output {
	return termenv.NewOutput(w, options...)
}
