package config

import (
	"log/slog"
	"time"
)

// Process holds the settings of every command.
type Process struct {
	LogLevel slog.Level
}

// Logging gives the part that is needed before anything else runs.
func (p Process) Logging() Process { return p }

func (p *Process) keys() []Key {
	return []Key{bind(&p.LogLevel, "LOG_LEVEL", logLevel).defaultTo("info")}
}

// Service holds the settings of every command that stays up.
type Service struct {
	Process
	Port            int
	ShutdownTimeout time.Duration
}

// Serving gives the part that the HTTP server is run by.
func (s Service) Serving() Service { return s }

func (s *Service) keys(portName, portDefault string) []Key {
	return append(s.Process.keys(),
		bind(&s.Port, portName, wholeNumber(1, 65535)).defaultTo(portDefault),
		bind(&s.ShutdownTimeout, "SHUTDOWN_TIMEOUT", duration(100*time.Millisecond, time.Minute)).defaultTo("4s"),
	)
}

// Events holds the settings of every command that speaks NATS.
type Events struct {
	NATSURL   string
	NATSToken string
}

func (e *Events) keys() []Key {
	return []Key{
		bind(&e.NATSURL, "NATS_URL", address("nats", "tls")).required(),
		bind(&e.NATSToken, "NATS_TOKEN", opaque).secret(),
	}
}

// API holds the settings of cmd/api.
type API struct {
	Service
	Events
	DatabaseURL        string
	CacheURL           string
	CachePassword      string
	QuotaLimit         int
	QuotaWindow        time.Duration
	RunInputMaxBytes   int
	OutboxPollInterval time.Duration
	TemporalAddress    string
}

// Keys declares what cmd/api reads.
func (c *API) Keys() []Key {
	return join(c.Service.keys("HTTP_PORT", "8080"), c.Events.keys(), []Key{
		databaseKey(&c.DatabaseURL),
		temporalKey(&c.TemporalAddress),
		bind(&c.CacheURL, "CACHE_URL", address("redis", "rediss")).required(),
		bind(&c.CachePassword, "CACHE_PASSWORD", opaque).secret(),
		bind(&c.QuotaLimit, "QUOTA_LIMIT", wholeNumber(0, 1_000_000)).defaultTo("60"),
		bind(&c.QuotaWindow, "QUOTA_WINDOW", duration(time.Second, 24*time.Hour)).defaultTo("1m"),
		// JSON may write one byte as six (\u0001), and NATS takes 1 MiB: 128 KiB always fits.
		bind(&c.RunInputMaxBytes, "RUN_INPUT_MAX_BYTES", wholeNumber(1, 128<<10)).defaultTo("65536"),
		bind(&c.OutboxPollInterval, "OUTBOX_POLL_INTERVAL", duration(10*time.Millisecond, time.Minute)).defaultTo("1s"),
	})
}

// Worker holds the settings of cmd/worker.
type Worker struct {
	Service
	Events
	DatabaseURL     string
	TemporalAddress string
}

// Keys declares what cmd/worker reads.
func (c *Worker) Keys() []Key {
	return join(c.Service.keys("HEALTH_PORT", "8081"), c.Events.keys(), []Key{
		databaseKey(&c.DatabaseURL), temporalKey(&c.TemporalAddress),
	})
}

// GraphWorker holds the settings of cmd/graph-worker.
type GraphWorker struct {
	Service
	Events
	DatabaseURL string
}

// Keys declares what cmd/graph-worker reads.
func (c *GraphWorker) Keys() []Key {
	return join(c.Service.keys("HEALTH_PORT", "8081"), c.Events.keys(), []Key{databaseKey(&c.DatabaseURL)})
}

// EmbedWorker holds the settings of cmd/embed-worker.
type EmbedWorker struct {
	Service
	Events
	QdrantURL        string
	QdrantAPIKey     string
	QdrantCollection string
}

// Keys declares what cmd/embed-worker reads.
func (c *EmbedWorker) Keys() []Key {
	return join(c.Service.keys("HEALTH_PORT", "8081"), c.Events.keys(), []Key{
		bind(&c.QdrantURL, "QDRANT_URL", address("http", "https")),
		bind(&c.QdrantAPIKey, "QDRANT_API_KEY", opaque).secret(),
		bind(&c.QdrantCollection, "QDRANT_COLLECTION", identifier).defaultTo("runs"),
	})
}

// UI holds the settings of cmd/ui.
type UI struct {
	Service
	APIURL string
}

// Keys declares what cmd/ui reads.
func (c *UI) Keys() []Key {
	return join(c.Service.keys("HTTP_PORT", "8080"), []Key{
		bind(&c.APIURL, "API_URL", address("http", "https")).required(),
	})
}

// Migrate holds the settings of cmd/migrate.
type Migrate struct {
	Process
	DatabaseURL         string
	DatabaseWaitTimeout time.Duration
	LockWaitTimeout     time.Duration
}

// Keys declares what cmd/migrate reads.
func (c *Migrate) Keys() []Key {
	return join(c.Process.keys(), []Key{
		databaseKey(&c.DatabaseURL),
		bind(&c.DatabaseWaitTimeout, "DATABASE_WAIT_TIMEOUT", duration(0, time.Hour)).defaultTo("60s"),
		bind(&c.LockWaitTimeout, "LOCK_WAIT_TIMEOUT", duration(0, time.Hour)).defaultTo("2m"),
	})
}

// Components maps each command to its settings; the registry test walks it.
func Components() map[string]Settings {
	return map[string]Settings{
		"api":          &API{},
		"embed-worker": &EmbedWorker{},
		"graph-worker": &GraphWorker{},
		"migrate":      &Migrate{},
		"ui":           &UI{},
		"worker":       &Worker{},
	}
}

func databaseKey(target *string) Key {
	return bind(target, "DATABASE_URL", databaseURL).secret().required()
}

func temporalKey(target *string) Key {
	return bind(target, "TEMPORAL_ADDRESS", hostPort)
}

func join(groups ...[]Key) []Key {
	var all []Key
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}
