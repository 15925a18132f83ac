package keys_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
)

func now() time.Time { return time.Date(2026, time.November, 30, 8, 0, 0, 0, time.UTC) }

func in(days int) time.Time { return now().AddDate(0, 0, days) }

func TestTheKeyInUseIsNarrowedDownAsFarAsOdooTells(t *testing.T) {
	t.Parallel()
	byHand := keys.Key{ID: 1, Name: "cron", End: in(40)}
	ended := keys.Key{ID: 2, Name: "old", End: in(-1)}
	website := keys.Key{ID: 3, Name: "login", Scope: "2fa", End: in(1)}
	endless := keys.Key{ID: 4, Name: "for ever", Scope: "rpc"}
	made := keys.Key{ID: 5, Name: "crm-tool web1 2026-10-01", Scope: "rpc", End: in(30)}
	again := keys.Key{ID: 6, Name: "crm-tool web1 2026-11-30", Scope: "rpc", End: in(90)}
	elsewhere := keys.Key{ID: 7, Name: "crm-tool web2 2026-11-30", Scope: "rpc", End: in(3)}
	later := keys.Key{ID: 8, Name: "by hand again", End: in(20)}
	for name, c := range map[string]struct{ all, want []keys.Key }{
		"none":                               {nil, nil},
		"those that ended are not":           {[]keys.Key{byHand, ended}, []keys.Key{byHand}},
		"those for something else are not":   {[]keys.Key{website, endless}, []keys.Key{endless}},
		"one of several":                     {[]keys.Key{byHand, endless, elsewhere}, []keys.Key{byHand, endless, elsewhere}},
		"the newest that was made here":      {[]keys.Key{byHand, made, again, elsewhere}, []keys.Key{again}},
		"or what a person made after it":     {[]keys.Key{byHand, made, later}, []keys.Key{made, later}},
		"one that was made elsewhere, alone": {[]keys.Key{elsewhere}, []keys.Key{elsewhere}},
	} {
		assert.ElementsMatch(t, c.want, keys.InUse(c.all, "web1", now()), name)
	}
}

func TestTheKeyThatEndsFirstIsFound(t *testing.T) {
	t.Parallel()
	first, ends := keys.First([]keys.Key{{ID: 1}, {ID: 2, End: in(9)}, {ID: 3, End: in(5)}})
	assert.True(t, ends)
	assert.Equal(t, keys.Key{ID: 3, End: in(5)}, first)
	_, ends = keys.First([]keys.Key{{ID: 1}})
	assert.False(t, ends)
}

func TestOnlyAKeyLooksLikeAKey(t *testing.T) {
	t.Parallel()
	assert.True(t, keys.Looks("0123456789abcdef0123456789abcdef01234567"))
	for _, password := range []string{"", "bot-password", "0123456789ABCDEF0123456789ABCDEF01234567", "0123456789abcdef0123456789abcdef012345678"} {
		assert.False(t, keys.Looks(password), password)
	}
}

func TestTheNameOfAKeyTellsWhereItWasMade(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"web1", "", "a host.example.com"} {
		name := keys.Name(host, now())
		assert.True(t, keys.Key{Name: name}.MadeOn(host), name)
		assert.False(t, keys.Key{Name: name}.MadeOn("web"), name)
		assert.False(t, keys.Key{Name: name + " copy"}.MadeOn(host), name)
	}
	assert.Equal(t, "crm-tool web1 2026-11-30", keys.Name("web1", now()))
}

func TestKeysThatCannotBeReadAreLeftOut(t *testing.T) {
	t.Parallel()
	row := func(id int64, end any) map[string]any {
		return map[string]any{"id": id, "name": "key", "scope": false, "expiration_date": end}
	}
	assert.Equal(t, []keys.Key{{ID: 1, Name: "key", End: in(0)}, {ID: 2, Name: "key"}}, keys.Of(odoo.Record{
		"api_key_ids": []any{row(2, false), row(3, "9999-12-31 00:00:00"), row(1, "2026-11-30 08:00:00")},
	}))
	assert.Empty(t, keys.Of(odoo.Record{}))
}
