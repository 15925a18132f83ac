package shared

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Attachment is a text that is attached to a record, once for its external id.
type Attachment struct {
	ExternalID, Name, Text string
	// Model and On are the record's model and id.
	Model string
	On    int64
}

// Attach makes the attachments that do not exist. Only who has the key can tell their
// external ids, see [ownership.Ours.Hide].
func (s *State) Attach(ctx context.Context, list ...Attachment) ([]odoo.Loaded, error) {
	rows, err := s.ours.Hide(ctx, attachmentRows(list))
	if err != nil {
		return nil, err
	}
	return s.load(ctx, rows)
}

// AttachAsIs makes the attachments that do not exist, with external ids as they are.
func (s *State) AttachAsIs(ctx context.Context, list ...Attachment) ([]odoo.Loaded, error) {
	return s.load(ctx, attachmentRows(list))
}

func attachmentRows(list []Attachment) [][]string {
	rows := make([][]string, len(list))
	for i, a := range list {
		rows[i] = []string{a.ExternalID, a.Name, a.Text, a.Model, fmt.Sprint(a.On)}
	}
	return rows
}

func (s *State) load(ctx context.Context, rows [][]string) ([]odoo.Loaded, error) {
	return s.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"}, rows, nil)
}
