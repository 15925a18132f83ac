package shared

import (
	"context"
	"maps"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// SaveLastRun writes when a command last ran, in one call. No reading has to wait for it.
func (s *State) SaveLastRun(ctx context.Context, command, text string) error {
	key := crm.LastRunKey(command)
	done, err := s.rewrite(ctx, key, text, true)
	if err == nil && !done {
		_, err = s.share(ctx, map[string]string{key: text})
	}
	return err
}

// rewrite writes a key of the shared state where it stands. It does nothing if the key
// does not stand there, or somebody deleted it.
func (s *State) rewrite(ctx context.Context, key, text string, aside bool) (done bool, err error) {
	id, known := s.stands[key]
	if !known {
		return false, nil
	}
	err = recordset.Change(ctx, s.client, odoo.Request{
		Model: attachmentModel, Method: "write", Args: []any{[]int64{id}, map[string]any{"description": text}}, Aside: aside,
	}, 1)
	if odoo.IsKind(err, odoo.MissingRecord) {
		return false, nil
	}
	return err == nil, err
}

// LastRun returns what stands there now about a command; empty if nothing does.
func (s *State) LastRun(ctx context.Context, command string) (string, error) {
	key := crm.LastRunKey(command)
	texts, err := s.sharedTexts(ctx, []string{key})
	return texts[key].text, err
}

// ShareOnce writes those keys of the shared state that do not exist, in one step,
// and returns the values that stand there.
func (s *State) ShareOnce(ctx context.Context, values map[string]string) (map[string]string, error) {
	there, err := s.share(ctx, values)
	stands := make(map[string]string, len(there))
	for key, a := range there {
		stands[key] = a.text
	}
	if first, ok := there[crm.FirstRunKey]; ok {
		s.learnUsers(&stateAttachment{value: first.text})
	}
	return stands, err
}

// Share writes one key of the shared state, in one call if it stands there.
func (s *State) Share(ctx context.Context, key, value string) error {
	if done, err := s.rewrite(ctx, key, value, false); done || err != nil {
		return err
	}
	there, err := s.share(ctx, map[string]string{key: value})
	if err != nil || there[key].text == value {
		return err
	}
	return recordset.Write(ctx, s.client, attachmentModel, []int64{there[key].id}, map[string]any{"description": value})
}

// sharedText is the attachment of a key.
type sharedText struct {
	id   int64
	text string
}

// share makes the attachments that do not exist, and returns those that do.
func (s *State) share(ctx context.Context, values map[string]string) (map[string]sharedText, error) {
	team, err := s.Team(ctx)
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(values))
	rows := make([]Attachment, len(keys))
	for i, key := range keys {
		rows[i] = Attachment{
			ExternalID: crm.SharedExternalID(key), Name: crm.SharedPrefix + key, Text: values[key], Model: teamModel, On: team,
		}
	}
	if _, err = s.AttachAsIs(ctx, rows...); err != nil {
		return nil, err
	}
	there, err := s.sharedTexts(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if _, ok := there[key]; ok {
			continue
		}
		// Somebody else's record has the external id, or a right is missing, of
		// which an import tells in words alone.
		id, err := recordset.Create(ctx, s.client, attachmentModel, map[string]any{
			"name": rows[i].Name, "description": rows[i].Text, "res_model": teamModel, "res_id": team,
		})
		if err != nil {
			return nil, err
		}
		there[key] = sharedText{id: id, text: values[key]}
	}
	return there, nil
}

// Unshare removes one key of the shared state.
func (s *State) Unshare(ctx context.Context, key string) error {
	q, err := s.onStateTeam(ctx, odoo.Term("name", "=", crm.SharedPrefix+key), "name")
	if err != nil {
		return err
	}
	return recordset.DeleteAll(ctx, s.client, q)
}
