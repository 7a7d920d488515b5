// Package quota counts what each client asks for in fixed windows, in a server that speaks the Redis protocol (Dragonfly).
package quota

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

// Settings say how much is allowed. A limit of 0 turns the quota off.
type Settings struct {
	CacheURL string
	Password string
	Limit    int
	Window   time.Duration
}

// Decision is the answer for one request.
type Decision struct {
	Allowed    bool
	RetryAfter time.Duration
}

// Quota counts in the cache, so that all replicas share one count.
type Quota struct {
	settings Settings
	client   *redis.Client
	now      func() time.Time
}

// Open prepares the connection; nothing is dialled before the first use.
func Open(settings Settings, log *slog.Logger, now func() time.Time) (*Quota, error) {
	options, err := redis.ParseURL(settings.CacheURL)
	if err != nil {
		return nil, config.Malformed("CACHE_URL", "must be redis://host[:port][/database number]")
	}
	redis.SetLogger(clientLog{log})
	options.Password = settings.Password
	options.DialTimeout = time.Second
	options.ReadTimeout = time.Second
	options.WriteTimeout = time.Second
	options.MaxRetries = 1
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true
	// Dragonfly knows neither of these additions to the handshake.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Quota{settings: settings, client: redis.NewClient(options), now: now}, nil
}

// Close gives the connections back.
func (q *Quota) Close() error { return q.client.Close() }

// Check asks the cache for an answer.
func (q *Quota) Check(ctx context.Context) error {
	err := q.client.Ping(ctx).Err()
	for _, prefix := range []string{"WRONGPASS", "NOAUTH", "NOPERM"} {
		if redis.HasErrorPrefix(err, prefix) {
			return &health.Classed{Class: "authentication refused", Err: err}
		}
	}
	return err
}

// Take counts one request of a client in the current window.
func (q *Quota) Take(ctx context.Context, client string) (Decision, error) {
	if q.settings.Limit == 0 {
		return Decision{Allowed: true}, nil
	}
	now := q.now()
	start := now.Truncate(q.settings.Window)
	key := strings.Join([]string{"cruvero:quota", client, strconv.FormatInt(start.Unix(), 10)}, ":")
	var taken *redis.IntCmd
	_, err := q.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		taken = pipe.Incr(ctx, key)
		pipe.Expire(ctx, key, q.settings.Window)
		return nil
	})
	if err != nil {
		return Decision{}, fmt.Errorf("count the quota: %w", err)
	}
	if taken.Val() > int64(q.settings.Limit) {
		return Decision{RetryAfter: start.Add(q.settings.Window).Sub(now)}, nil
	}
	return Decision{Allowed: true}, nil
}

// clientLog brings the client's own messages into the JSON log.
type clientLog struct{ log *slog.Logger }

func (c clientLog) Printf(ctx context.Context, format string, arguments ...any) {
	c.log.DebugContext(ctx, "cache client", "message", fmt.Sprintf(format, arguments...))
}
