package records_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/odoo/records"
)

func TestTheSubjectBeforeAMerge(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "“Lamps”: how is it going?", records.SubjectBeforeMerge("From Lamps: “Lamps”: how is it going?"))
	assert.Equal(t, "Votre demande : où en êtes-vous ?", records.SubjectBeforeMerge("De Lampes : Votre demande : où en êtes-vous ?"))
	assert.Equal(t, "From Lamps", records.SubjectBeforeMerge("From Lamps"))
}
