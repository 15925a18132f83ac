package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAnOptOutIsKeptOnceUntilItIsLifted(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := withKey(t, d)
		none, err := g.OptOuts(t.Context(), []string{"zoe@client.example"})
		require.NoError(t, err)
		assert.Empty(t, none)
		since := g.Now().UTC().Truncate(time.Second)
		zoe := crm.OptOut{Address: "zoe@client.example", Since: since, Message: 5, Opportunity: 42}
		added, err := g.OptOut(t.Context(), []crm.OptOut{zoe, {Address: "Max@Client.Example", Since: since, Host: "crm1"}})
		require.NoError(t, err)
		assert.Equal(t, []bool{true, true}, added)

		other := d.gateway(t)
		_, err = other.Shared(t.Context())
		require.NoError(t, err)
		require.True(t, other.HasOptOuts(), "another host knows that there are some")
		added, err = other.OptOut(t.Context(), []crm.OptOut{{Address: "ZOE@client.example", Since: since.Add(time.Hour), Host: "crm2"}})
		require.NoError(t, err)
		assert.Equal(t, []bool{false}, added)
		found, err := other.OptOuts(t.Context(), []string{"zoe@client.example", "max@client.example", "eve@client.example"})
		require.NoError(t, err)
		assert.Equal(t, map[string]crm.OptOut{
			"zoe@client.example": zoe, "max@client.example": {Address: "max@client.example", Since: since, Host: "crm1"},
		}, found)

		lifted, err := other.Lift(t.Context(), "zoe@client.example", since.Add(time.Minute))
		require.NoError(t, err)
		assert.True(t, lifted)
		lifted, err = other.Lift(t.Context(), "zoe@client.example", since.Add(2*time.Minute))
		require.NoError(t, err)
		assert.False(t, lifted)
		added, err = g.OptOut(t.Context(), []crm.OptOut{zoe})
		require.NoError(t, err)
		assert.Equal(t, []bool{false}, added, "a mail from before it was lifted does not count again")
		all, err := g.AllOptOuts(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
		assert.Equal(t, "max@client.example", all[0].Address)
		assert.NotContains(t, fmt.Sprint(d.find(t, "ir.attachment", []any{[]any{"name", "=like", "crm-tool%"}}, "name", "description")), "zoe@")

		zoe.Since = since.Add(time.Minute)
		added, err = g.OptOut(t.Context(), []crm.OptOut{zoe})
		require.NoError(t, err)
		assert.Equal(t, []bool{true}, added, "a later one does")
	})
}

func TestWhatIsLeftOfALiftedOptOutIsForgotten(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		g := withKey(t, d)
		since := g.Now().UTC().Truncate(time.Second)
		_, err := g.OptOut(t.Context(), []crm.OptOut{{Address: "a@client.example", Since: since}, {Address: "b@client.example", Since: since}})
		require.NoError(t, err)
		_, err = g.Lift(t.Context(), "a@client.example", since.Add(time.Hour))
		require.NoError(t, err)
		kept := func() int {
			return len(d.find(t, "ir.attachment", []any{[]any{"name", "=like", crm.OptOutPrefix + "%"}}, "name"))
		}
		require.NoError(t, g.ForgetLifted(t.Context(), since.Add(time.Hour)))
		assert.Equal(t, 2, kept())
		require.NoError(t, g.ForgetLifted(t.Context(), since.Add(2*time.Hour)))
		assert.Equal(t, 1, kept())
	})
}

func TestADamagedOptOutStillCountsAndAStrangersDoesNot(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		g := withKey(t, d)
		_, err := g.OptOut(t.Context(), []crm.OptOut{{Address: "zoe@client.example", Since: g.Now()}})
		require.NoError(t, err)
		made := d.find(t, "ir.attachment", []any{[]any{"name", "=", crm.OptOutAttachment("zoe@client.example")}}, "name", "res_id")
		require.Len(t, made, 1)
		d.write(t, "ir.attachment", made[0]["id"].(int64), map[string]any{"description": "spilt coffee"})
		d.create(t, "ir.attachment", map[string]any{
			"name": crm.OptOutAttachment("max@client.example"), "description": `{"since":"2026-11-01T00:00:00Z"}`,
			"res_model": "crm.team", "res_id": made[0]["res_id"],
		})
		found, err := g.OptOuts(t.Context(), []string{"zoe@client.example", "max@client.example"})
		require.NoError(t, err)
		assert.True(t, found["zoe@client.example"].Counts())
		assert.False(t, found["max@client.example"].Counts())
	})
}
