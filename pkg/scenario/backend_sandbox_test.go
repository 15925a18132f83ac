//go:build !odoo

package scenario_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

const apiKey = "0123456789abcdef0123456789abcdef01234567"

// standIn is the backend in memory.
type standIn struct{ *sandboxodoo.Server }

var _ backend = standIn{}

// newest is the newest version of Odoo that was seen running.
const newest = 19

// served is the version of Odoo that a test gets which asks for no other.
func served(testing.TB) int { return newest }

func newBackend(t testing.TB, v variant) backend {
	t.Helper()
	o, err := sandboxodoo.New(sandboxodoo.Options{Version: v.version, Clock: time.Now, ReplicaDelay: cmp.Or(v.behind, behind(t)/haste)})
	require.NoError(t, err)
	require.NoError(t, o.AddKey(sandboxodoo.BotLogin, apiKey))
	_, err = o.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Close()) })
	if !withOlder {
		requireModels(t, o)
	}
	return standIn{o}
}

// requireModels fails a test, at its end, in which the tool searched messages or activities
// without naming their model: Odoo 20 refuses that if it finds thousands.
func requireModels(t testing.TB, o *sandboxodoo.Server) {
	t.Helper()
	t.Cleanup(func() { assert.Empty(t, o.Unchosen(sandboxodoo.BotLogin), "searches that name no model") })
}

// behind is how late the replica is, if the environment says that there is one.
func behind(t testing.TB) time.Duration {
	t.Helper()
	text := os.Getenv("CRM_TOOL_TEST_ODOO_BEHIND")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// haste is how much shorter pauses are with a stand-in, which recovers fast, than with a
// real Odoo.
const haste = 20

// pause is what the tool does when it waits.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d / haste):
	case <-ctx.Done():
	}
}

// beside lets a test run beside others, which have stand-ins of their own.
func beside(t *testing.T) { t.Parallel() }

// endBackends does nothing: each stand-in ends with its test.
func endBackends() error { return nil }

func (s standIn) Connection() connection {
	return connection{URL: s.URL(), Database: sandboxodoo.Database, User: sandboxodoo.BotLogin, Password: sandboxodoo.BotPassword, Admin: admin}
}

// Settle does nothing: what the scripts write shows at once.
func (standIn) Settle() error { return nil }

// Key returns the API key of bot.
func (standIn) Key() string { return apiKey }

// Execute calls a method. What it and the tool did before then shows at once, so that the
// scripts need not wait.
func (s standIn) Execute(login, model, method string, args []any, kwargs map[string]any) (any, error) {
	defer s.SettleReplica()
	return s.Server.Execute(login, model, method, args, kwargs)
}

func (s standIn) SetCreated(model string, ids []int64, at time.Time) error {
	for _, id := range ids {
		if err := s.SetCreateDate(model, id, at); err != nil {
			return err
		}
	}
	return nil
}

func (s standIn) Employ(user, schedule int64) (int64, error) {
	if _, err := s.Execute(admin, "ir.module.module", "create", []any{map[string]any{"name": "hr_holidays", "state": "installed"}}, nil); err != nil {
		return 0, err
	}
	id, err := s.Execute(admin, "resource.resource", "create", []any{map[string]any{"name": "Employee", "user_id": user, "calendar_id": schedule}}, nil)
	resource, _ := id.(int64)
	return resource, err
}

func (s standIn) Later(d time.Duration) error {
	for model, fields := range map[string][]any{
		leadModel:    {"create_date", "date_conversion", "date_closed"},
		messageModel: {"create_date"},
		inputModel:   {"create_date", "deadline"},
	} {
		answer, err := s.Execute(admin, model, "search_read", []any{[]any{}}, map[string]any{
			"fields": fields, "context": map[string]any{"active_test": false},
		})
		if err != nil {
			return err
		}
		for _, r := range answer.([]any) {
			if err := s.makeOlder(model, r.(map[string]any), d); err != nil {
				return err
			}
		}
	}
	return s.turnsLater(d)
}

// turnsLater makes clients' turns older, which only crm-tool's user reads, and lets
// them be of another day if one passes.
func (s standIn) turnsLater(d time.Duration) error {
	answer, err := s.Execute(sandboxodoo.BotLogin, messageModel, "search_read", []any{[]any{
		[]any{"model", "=", false}, []any{"message_type", "=", "user_notification"},
	}}, map[string]any{"fields": []any{"create_date"}})
	if err != nil {
		return err
	}
	for _, r := range answer.([]any) {
		r := record(r.(map[string]any))
		if err := s.makeOlder(messageModel, r, d); err != nil {
			return err
		}
		if d >= 24*time.Hour {
			s.ForgetExternalIDs(messageModel, r.id())
		}
	}
	return nil
}

func (s standIn) makeOlder(model string, r record, d time.Duration) error {
	created, err := time.Parse(odooTime, r.text("create_date"))
	if err != nil {
		return fmt.Errorf("read create_date of %s(%d): %w", model, r.id(), err)
	}
	for _, field := range []string{"date_conversion", "date_closed", "deadline"} {
		at, err := time.Parse(odooTime, r.text(field))
		if err != nil {
			continue // It has none.
		}
		older := map[string]any{field: at.Add(-d).Format(odooTime)}
		if _, err := s.Execute(admin, model, "write", []any{[]any{r.id()}, older}, nil); err != nil {
			return err
		}
	}
	return s.SetCreateDate(model, r.id(), created.Add(-d))
}

func (s standIn) Blacklist(address string) error {
	s.Server.Blacklist(address)
	return nil
}

func (s standIn) SendThrough(port int) error {
	s.SetMailServer(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	})
	return nil
}

func (s standIn) ReceiveMail(domain string) error {
	s.SetAliasDomain(domain)
	return nil
}

// countBySQL counts nothing: the stand-in has no tables.
func countBySQL(*testing.T, *site) map[string]reportFigures { return nil }
