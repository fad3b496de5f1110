package plot

// style has the colours of a drawing, which are told apart by people who see
// some of them alike, on light ground and on dark.
const style = `
.simplot{display:block;width:100%;height:auto;font:12px system-ui,sans-serif;--ink:#1c2430;--soft:#5b6675;--grid:#e3e7ec;
--c0:#1f6fc4;--c1:#d45a00;--c2:#00875f;--c3:#a8489a;--c4:#8a6a00;--c5:#008ba3;--c6:#c2334d;--c7:#6b7280}
@media(prefers-color-scheme:dark){.simplot{--ink:#e8edf3;--soft:#9aa7b6;--grid:#2c3541;
--c0:#62a8f0;--c1:#ff9350;--c2:#3ccf9f;--c3:#dd8fd2;--c4:#d9b84a;--c5:#4fc6dd;--c6:#ff7d92;--c7:#a7b0bd}}
.simplot text{fill:var(--soft)}
.simplot .title{fill:var(--ink);font-size:15px;font-weight:600}
.simplot .key,.simplot .value{fill:var(--ink)}
.simplot .note{font-style:italic}
.simplot .grid{stroke:var(--grid)}
.simplot .axis{stroke:var(--soft)}
.simplot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.simplot .hit{fill:transparent}
.simplot .hit:hover{fill:var(--ink)}
.simplot .c0{color:var(--c0)}.simplot .c1{color:var(--c1)}.simplot .c2{color:var(--c2)}.simplot .c3{color:var(--c3)}
.simplot .c4{color:var(--c4)}.simplot .c5{color:var(--c5)}.simplot .c6{color:var(--c6)}.simplot .c7{color:var(--c7)}
.simplot .line{stroke:currentColor}.simplot .fill{fill:currentColor}
`
