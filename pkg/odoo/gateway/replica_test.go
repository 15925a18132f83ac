//go:build !odoo

package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// replicaSite is an Odoo whose replica is behind, and a gateway that reads from it. Time
// passes when the gateway waits.
type replicaSite struct {
	*sandboxodoo.Server

	*gateway.Gateway

	now time.Time
}

func newReplicaSite(t *testing.T, behind time.Duration) *replicaSite {
	t.Helper()
	s := &replicaSite{now: time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return s.now }
	var err error
	s.Server, err = sandboxodoo.New(sandboxodoo.Options{Clock: clock, ReplicaDelay: behind})
	require.NoError(t, err)
	require.NoError(t, s.AddKey(sandboxodoo.BotLogin, key))
	url, err := s.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Server.Close()) })
	client, err := odoo.New(odoo.Options{
		URL: url, API: odoo.JSON2, Database: sandboxodoo.Database, User: sandboxodoo.BotLogin, Password: func() string { return key }, Now: clock,
		Sleep: func(_ context.Context, d time.Duration) { s.now = s.now.Add(d) },
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	s.Gateway = gateway.New(client)
	_, err = s.Open(t.Context())
	require.NoError(t, err)
	return s
}

func TestAReplicaCatchesUpBeforeWhatIsReadDecides(t *testing.T) {
	t.Parallel()
	s := newReplicaSite(t, 3*time.Second)
	_, err := s.Execute("admin", "crm.lead", "create", []any{map[string]any{"name": "Chairs", "type": "opportunity"}}, nil)
	require.NoError(t, err)
	n, err := s.CountActive(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "the replica does not have it yet")

	needed, err := s.CatchUp(t.Context())
	require.NoError(t, err)
	assert.True(t, needed)
	n, err = s.CountActive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	left, err := s.Execute("admin", "ir.attachment", "search_count", []any{[]any{}}, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 0, left, "what it wrote is gone")

	behind, err := s.Behind(t.Context())
	require.NoError(t, err)
	assert.InDelta(t, 3, behind.Seconds(), 1, "the reading holds for when the mark was written")
	s.now = s.now.Add(time.Minute)
	behind, err = s.Behind(t.Context())
	require.NoError(t, err)
	assert.InDelta(t, 3, behind.Seconds(), 1, "it caught up again")
}

func TestWhatOneWritesIsReadBackFromAReplica(t *testing.T) {
	t.Parallel()
	s := newReplicaSite(t, 3*time.Second)
	for _, value := range []string{"off", "on"} {
		require.NoError(t, s.Share(t.Context(), "reminders.enabled", value))
		shared, err := s.Shared(t.Context())
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"reminders.enabled": value}, shared)
	}
	require.NoError(t, s.Unshare(t.Context(), "reminders.enabled"))
	shared, err := s.Shared(t.Context())
	require.NoError(t, err)
	assert.Empty(t, shared)
}

func TestAReplicaThatIsFarBehindIsAFault(t *testing.T) {
	t.Parallel()
	s := newReplicaSite(t, time.Hour)
	began := s.now
	_, err := s.CatchUp(t.Context())
	assert.True(t, odoo.IsKind(err, odoo.Temporary), "%v", err)
	assert.ErrorContains(t, err, "Odoo does not show after 40s what crm-tool wrote: the replica from which it reads is behind")
	assert.Less(t, s.now.Sub(began), time.Minute)
}
