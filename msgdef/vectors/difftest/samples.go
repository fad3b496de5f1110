package difftest

import (
	"reflect"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// Messages returns a zero value of every struct of package msgdef.
func Messages() []wiretest.Message {
	return []wiretest.Message{
		new(msgdef.ClientHello), new(msgdef.ServerHello), new(msgdef.Certificate), new(msgdef.CertificateBody),
		new(msgdef.Refusal), new(msgdef.Login), new(msgdef.LoginOK), new(msgdef.Ping), new(msgdef.Pong),
		new(msgdef.KeyUpdate), new(msgdef.Error), new(msgdef.Kicked), new(msgdef.GoAway),
		new(msgdef.Ticket), new(msgdef.Tickets), new(msgdef.TicketBody), new(msgdef.AppState),
		new(msgdef.ChangePassword), new(msgdef.PasswordOK), new(msgdef.DeleteAccount), new(msgdef.AccountDeleted),
		new(msgdef.Message), new(msgdef.Send), new(msgdef.SendAck), new(msgdef.Notify), new(msgdef.Ack), new(msgdef.Head),
		new(msgdef.Read), new(msgdef.ReadOK), new(msgdef.ReadBy),
		new(msgdef.GetMsg), new(msgdef.Entry), new(msgdef.MsgPage), new(msgdef.GetConv), new(msgdef.ReadMark), new(msgdef.ConvPage),
		new(msgdef.Lookup), new(msgdef.User), new(msgdef.Users), new(msgdef.GetPresence), new(msgdef.Online), new(msgdef.Presence),
		new(msgdef.RegisterPush), new(msgdef.PushOK),
		new(msgdef.GetGroups), new(msgdef.FindGroups), new(msgdef.Groups), new(msgdef.GetMembers), new(msgdef.Members), new(msgdef.GetConversations), new(msgdef.Conversations),
		new(msgdef.Edit), new(msgdef.Extra), new(msgdef.Group), new(msgdef.GroupChange), new(msgdef.GroupInfo), new(msgdef.GroupMember), new(msgdef.Location),
		new(msgdef.Media), new(msgdef.MessageState), new(msgdef.Pin), new(msgdef.Keep), new(msgdef.Reaction), new(msgdef.ReactionCount), new(msgdef.Recall), new(msgdef.Talk),
		new(msgdef.GetPins), new(msgdef.Pins), new(msgdef.Typing), new(msgdef.TypingBy),
		new(msgdef.Setting), new(msgdef.TalkDraft), new(msgdef.TalkState),
		new(msgdef.FriendChange), new(msgdef.Block), new(msgdef.Relation), new(msgdef.GetRelations), new(msgdef.Relations),
		new(msgdef.FindMessages), new(msgdef.FoundMessages),
		new(msgdef.DeliveredTo), new(msgdef.Later), new(msgdef.LaterOff), new(msgdef.LaterDone), new(msgdef.GetLaters), new(msgdef.PendingLater), new(msgdef.Laters),
		new(msgdef.Watch), new(msgdef.Watched), new(msgdef.Watching), new(msgdef.Unwatch), new(msgdef.NotifyConv), new(msgdef.ConvHead),
		new(msgdef.MediaInfo), new(msgdef.GetMediaToken), new(msgdef.MediaToken), new(msgdef.MediaRef), new(msgdef.GetMediaLinks), new(msgdef.MediaLink), new(msgdef.MediaLinks),
		new(msgdef.GetSignIns), new(msgdef.SignIn), new(msgdef.SignIns), new(msgdef.GetExport), new(msgdef.ExportPart),
		new(msgdef.PresenceState), new(msgdef.WatchPresence), new(msgdef.WatchingPresence), new(msgdef.UnwatchPresence), new(msgdef.PresenceChanged),
		new(msgdef.Profile), new(msgdef.UserProfile), new(msgdef.GetProfiles), new(msgdef.Profiles), new(msgdef.FindPeople), new(msgdef.FoundPeople),
	}
}

// Kinds returns a zero value of every struct of package kinds.
func Kinds() []wiretest.Message {
	return []wiretest.Message{
		new(kinds.Scalars), new(kinds.Texts), new(kinds.Lists), new(kinds.Point), new(kinds.Label), new(kinds.Person),
		new(kinds.Alias), new(kinds.Grown), new(kinds.Names), new(kinds.Empty), new(kinds.Envelope),
		new(kinds.Deep), new(kinds.Two), new(kinds.Three), new(kinds.Four), new(kinds.Five), new(kinds.Six),
		new(kinds.Seven), new(kinds.Eight),
	}
}

// Name returns the name of the struct that m points to.
func Name(m wiretest.Message) string { return reflect.TypeOf(m).Elem().Name() }
