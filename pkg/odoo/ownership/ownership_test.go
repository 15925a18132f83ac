package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
)

func TestWhoseRecordsAreOurs(t *testing.T) {
	cases := map[string]struct {
		note        crm.FirstRun
		stateMakers []crm.UserID
		ours, maybe []crm.UserID
	}{
		"without a note those of the client's user": {
			ours: []crm.UserID{5}, maybe: []crm.UserID{5},
		},
		"those of all users of the note, once, too": {
			note: crm.FirstRun{User: 7, Former: []crm.UserID{5, 3}},
			ours: []crm.UserID{5, 3, 7}, maybe: []crm.UserID{3, 5, 7},
		},
		"those of whoever made shared state only maybe": {
			stateMakers: []crm.UserID{0, 9, 5},
			ours:        []crm.UserID{5}, maybe: []crm.UserID{5, 9},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := ownership.New(nil, nil)
			o.Begin(5)
			o.Learn(c.note)
			o.MadeState(c.stateMakers)
			assert.Equal(t, odoo.Term("create_uid", "in", c.ours), o.Made())
			assert.Equal(t, odoo.Term("write_uid", "in", c.ours), o.Changed())
			assert.Equal(t, odoo.Term("create_uid", "in", c.maybe), o.MaybeMade())
			for _, user := range c.ours {
				assert.True(t, o.HasUser(user))
			}
			assert.False(t, o.HasUser(9))
			assert.False(t, o.HasUser(0), "of what Odoo names no maker, nobody of ours made it")
		})
	}
}

func TestWithoutAKeyExternalIDsStayAsTheyAre(t *testing.T) {
	o := ownership.New(nil, nil)
	o.Begin(5)
	rows := [][]string{{"crm_tool.a", "text", "crm_tool.b"}}
	hidden, err := o.Hide(t.Context(), rows, 2)
	require.NoError(t, err)
	assert.Equal(t, rows, hidden)
	secret, err := o.Secret(t.Context(), "a")
	require.NoError(t, err)
	assert.Empty(t, secret)
}
