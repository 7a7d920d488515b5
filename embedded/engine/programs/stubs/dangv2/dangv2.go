// Package dangv2 replaces the SDK of the scripting language Dang, version 2: its modules are refused with a reason.
package dangv2

import (
	"context"
	"errors"

	"github.com/dagger/dagger/core"
	"github.com/dagger/dagger/dagql"
)

var errNoDang = errors.New("the embedded engine runs no modules written in Dang v2; use an official Dagger engine for them")

// Impl refuses what the engine asks of an SDK.
type Impl struct{}

// ModuleTypes always fails.
func (Impl) ModuleTypes(context.Context, *core.SchemaBuilder, dagql.ObjectResult[*core.ModuleSource], dagql.ObjectResult[*core.Module]) (dagql.ObjectResult[*core.Module], error) {
	return dagql.ObjectResult[*core.Module]{}, errNoDang
}

// Runtime always fails.
func (Impl) Runtime(context.Context, *core.SchemaBuilder, dagql.ObjectResult[*core.ModuleSource]) (core.ModuleRuntime, error) {
	return nil, errNoDang
}
