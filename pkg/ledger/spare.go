package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// verdictID is the external id of the note about a dead claim. Whoever writes
// it first has judged the claim, be it uncertain or spared.
func verdictID(claim crm.Entry) string { return fmt.Sprintf("crm_tool.uncertain_%d", claim.ID) }

// Spare writes a note about each Spared claim, worded by body, and returns
// those that are the caller's to release. The note is what keeps another host,
// which can't know that the mail did not leave, from declaring it uncertain and
// so from letting a person send it.
//
// A spared claim that is still there after Life counts as noted: whoever spared
// it died as well.
func (c *Courier) Spare(ctx context.Context, claims []crm.Entry, body func(crm.Entry) string) ([]crm.Entry, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	notes := make([]Note, len(claims))
	for i, e := range claims {
		key := crm.Key{Kind: crm.KnownUnsent, Opportunity: e.Key.Opportunity, Step: e.Key.Step}
		// Token and domain are the claim's, so that the next run of this host
		// finds it to be its own note when this one dies before the release.
		_, domain, _ := strings.Cut(strings.TrimSuffix(e.MessageID, ">"), "@")
		notes[i] = Note{
			ExternalID: verdictID(e), On: e.On, MessageID: crm.FormatMessageID(key, e.Token, domain), Body: body(e),
		}
	}
	mine, err := c.Book.Note(ctx, notes)
	if err != nil {
		return nil, fmt.Errorf("note mails that never left: %w", err)
	}
	var spared []crm.Entry
	for i, e := range claims {
		if mine[i] {
			spared = append(spared, e)
		}
	}
	return spared, nil
}
