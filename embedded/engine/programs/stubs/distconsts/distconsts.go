// Package distconsts holds the paths inside the embedded engine's own root.
// It replaces a nested module that the engine and its clients import under this name.
package distconsts

const (
	// DefaultEngineSockAddr is where the engine listens besides the addresses of its configuration.
	DefaultEngineSockAddr = "unix:///run/dagger/engine.sock"

	// RuncPath is the shim of this folder, which ends in the real runc.
	RuncPath = "/usr/local/bin/runc"
	// DaggerInitPath is the first process of each container.
	DaggerInitPath = "/usr/local/bin/dagger-init"

	// EngineDefaultStateDir is a mount of the state folder in the cache.
	EngineDefaultStateDir = "/var/lib/dagger"
	// EngineCustomCACertsDir is a mount of the host's folder; the engine hands its authorities to every container.
	EngineCustomCACertsDir = "/usr/local/share/ca-certificates"
	// EngineContainerBuiltinContentDir would hold the SDKs for modules; the embedded engine has none.
	EngineContainerBuiltinContentDir = "/usr/local/share/dagger/content"

	// AlpineImage is what a terminal on a directory would use.
	AlpineImage = "alpine:3.22"
)

// Names of variables that would give the digests of the SDKs for modules.
const (
	GoSDKManifestDigestEnvName         = "DAGGER_GO_SDK_MANIFEST_DIGEST"
	PythonSDKManifestDigestEnvName     = "DAGGER_PYTHON_SDK_MANIFEST_DIGEST"
	TypescriptSDKManifestDigestEnvName = "DAGGER_TYPESCRIPT_SDK_MANIFEST_DIGEST"
)
