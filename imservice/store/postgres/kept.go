package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// For how many days messages of a pair live is in the settings of its two, and in the
// row of their conversation, so that whoever locks it knows it.
const (
	upsertKept = `INSERT INTO conversations (conv, cseq, at, count, keep)
		SELECT n.conv, '-9223372036854775808'::bigint, 0, 0, n.keep FROM unnest($1::uuid[], $2::integer[]) AS n (conv, keep)
		ON CONFLICT (conv) DO UPDATE SET keep = excluded.keep`
	selectSettings = `SELECT s.conv, s.bytes FROM unnest($1::bigint[], $2::uuid[]) AS n (uid, conv)
		JOIN settings AS s ON s.uid = n.uid AND s.conv = n.conv`
)

// keepNotFound is of conversations from before the column, of which somebody has set
// something: findKept finds it when they are locked next.
const keepNotFound = -1

// kept are conversations and days, in two columns.
type kept struct {
	convs [][16]byte
	days  []int32
}

func (k *kept) add(conv [16]byte, days uint16) {
	k.convs, k.days = append(k.convs, conv), append(k.days, int32(days))
}

// queueKept adds what settings say of their pairs.
func queueKept(b *pgx.Batch, rows []store.SettingRow) {
	var said []store.SettingRow
	for i := range rows {
		if rows[i].Agrees {
			said = append(said, rows[i])
		}
	}
	var k kept
	for _, row := range lastOf(said, func(r *store.SettingRow) msgdef.Conversation { return r.Conv }) {
		k.add(uuid(row.Conv), row.Keep)
	}
	if len(k.convs) > 0 {
		b.Queue(upsertKept, k.convs, k.days)
	}
}

// findKept fills in what the settings of locked conversations say, and writes it to
// their rows, with the commit that they are locked for.
func findKept(ctx context.Context, conn *pgxpool.Conn, g *store.Ground, of [][16]byte) error {
	var uids []int64
	var convs [][16]byte
	for _, conv := range of {
		if a, b, ok := msgdef.PairMembers(conversation(conv)); ok {
			uids, convs = append(uids, signed(a), signed(b)), append(convs, conv, conv)
		}
	}
	newest := map[[16]byte]msgdef.TalkState{}
	rows, _ := conn.Query(ctx, selectSettings, uids, convs)
	var conv [16]byte
	var bytes []byte
	_, err := pgx.ForEachRow(rows, []any{&conv, &bytes}, func() error {
		var state msgdef.TalkState
		if err := state.Decode(bytes); err != nil {
			return corrupt("a setting: %v", err)
		}
		if state.Kept > newest[conv].Kept {
			newest[conv] = state
		}
		return nil
	})
	if err != nil {
		return err
	}
	var k kept
	for _, conv := range of {
		days := newest[conv].Keep
		head := g.Newest[conversation(conv)]
		head.Keep = days
		g.Newest[conversation(conv)] = head
		k.add(conv, days)
	}
	_, err = conn.Exec(ctx, upsertKept, k.convs, k.days)
	return err
}
