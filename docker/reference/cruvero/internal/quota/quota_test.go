package quota

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

func open(t *testing.T, settings Settings, now *time.Time) *Quota {
	t.Helper()
	quota, err := Open(settings, slog.New(slog.DiscardHandler), func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = quota.Close() })
	return quota
}

func take(t *testing.T, quota *Quota, client string) Decision {
	t.Helper()
	decision, err := quota.Take(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

func TestTakeCountsPerClientAndWindow(t *testing.T) {
	cache := miniredis.RunT(t)
	now := time.Date(2026, 1, 1, 12, 0, 40, 0, time.UTC)
	settings := Settings{CacheURL: "redis://" + cache.Addr(), Limit: 2, Window: time.Minute}
	first, replica := open(t, settings, &now), open(t, settings, &now)

	if !take(t, first, "alice").Allowed || !take(t, replica, "alice").Allowed {
		t.Fatal("the first two must be allowed")
	}
	if got, want := take(t, first, "alice"), (Decision{RetryAfter: 20 * time.Second}); got != want {
		t.Fatalf("the third: got %+v, want %+v", got, want)
	}
	if !take(t, first, "bob").Allowed {
		t.Fatal("another client has a count of its own")
	}
	now = now.Add(20 * time.Second)
	if !take(t, first, "alice").Allowed {
		t.Fatal("the next window starts anew")
	}
	cache.FastForward(2 * time.Minute)
	if keys := cache.Keys(); len(keys) != 0 {
		t.Fatalf("counts must go with their window, left: %v", keys)
	}
}

func TestALimitOfZeroTurnsTheQuotaOff(t *testing.T) {
	now := time.Now()
	if !take(t, open(t, Settings{CacheURL: "redis://127.0.0.1:1", Window: time.Minute}, &now), "alice").Allowed {
		t.Fatal("refused without a quota")
	}
}

func TestTakeFailsWithoutTheCache(t *testing.T) {
	cache := miniredis.RunT(t)
	now := time.Now()
	quota := open(t, Settings{CacheURL: "redis://" + cache.Addr(), Limit: 1, Window: time.Minute}, &now)
	cache.Close()
	if decision, err := quota.Take(t.Context(), "alice"); err == nil || decision.Allowed {
		t.Fatalf("got %+v, %v: uncounted work must not be allowed", decision, err)
	}
	if reason := health.Reason(quota.Check(t.Context())); reason != "connection refused" {
		t.Fatalf("reason %q", reason)
	}
}

func TestCheckNamesARefusedPassword(t *testing.T) {
	cache := miniredis.RunT(t)
	cache.RequireAuth("right")
	now := time.Now()
	for password, want := range map[string]string{"wrong": "authentication refused", "": "authentication refused"} {
		quota := open(t, Settings{CacheURL: "redis://" + cache.Addr(), Password: password, Limit: 1, Window: time.Minute}, &now)
		if err := quota.Check(t.Context()); err == nil || health.Reason(err) != want {
			t.Errorf("password %q: got %v, want the class %q", password, err, want)
		}
	}
	if err := open(t, Settings{CacheURL: "redis://" + cache.Addr(), Password: "right", Limit: 1, Window: time.Minute}, &now).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAnAddressByItsKey(t *testing.T) {
	_, err := Open(Settings{CacheURL: "redis://cache:6379/notanumber"}, slog.New(slog.DiscardHandler), time.Now)
	var refused *config.RefusedError
	if !errors.As(err, &refused) || refused.Malformed[0].Key != "CACHE_URL" {
		t.Fatalf("got %v", err)
	}
}
