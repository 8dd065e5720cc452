/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule set does to one packet, and by which rules. */
#include "model.h"

/* clang-format off */
#define INPUT "table inet; chain input hook=input policy=drop: "

/* Each says: the outcome, and all that the packet matched, CHAIN#COMMENT[>ELEMENT]. */
static struct packet_case {
	const char *name, *rules, *packet, *expected;
} packet_cases[] = {
	/* ---- verdicts and chains ---- */
	{ "nothing on the way", "table inet; chain output hook=output policy=drop",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept" },
	{ "no table", "", "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept" },
	{ "the policy", INPUT, "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "a policy that accepts", "table inet; chain input hook=input",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input" },
	{ "the first rule that decides",
	  INPUT "counter #a | log #b | drop #c | accept #d",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a input#b input#c" },
	{ "a rule without a verdict", INPUT "tcp.dport=22 counter #a | tcp.dport=23 #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a input" },
	{ "steps behind a verdict", INPUT "accept drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "continue goes on in the rule", INPUT "continue accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "return in a base chain is its end", INPUT "return #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a input" },
	{ "jump and come back",
	  INPUT "jump:more #a | accept #b; chain more: tcp.dport=23 drop #c | counter #d",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a more#d input#b" },
	{ "what stands behind a jump is for those who did not",
	  INPUT "jump:more accept #a; chain more: counter #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a more#c input" },
	{ "jump and return",
	  INPUT "jump:more #a | accept #b; chain more: return #c | drop #d",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a more#c input#b" },
	{ "goto does not come back",
	  INPUT "goto:more #a | accept #b; chain more: counter #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a more#c input" },
	{ "goto comes back to who had jumped",
	  INPUT "jump:one #a | accept #b; chain one: goto:two #c | drop #d; chain two: counter #e",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a one#c two#e input#b" },
	{ "decided in a chain jumped to",
	  INPUT "jump:more #a | accept #b; chain more: drop #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a more#c" },
	{ "no such chain", INPUT "jump:none #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },

	/* ---- base chains ---- */
	{ "accept ends one base chain alone",
	  "table inet; chain one hook=input: accept #a; chain two hook=input priority=1: drop #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop one#a two#b" },
	{ "by priority",
	  "table inet; chain one hook=input priority=1: drop #a; chain two hook=input: accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop two#b one#a" },
	{ "negative priorities",
	  "table inet; chain one hook=input: drop #a; chain two hook=input priority=-150: accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop two#b one#a" },
	{ "of equal ones the last that came", /* as the kernel does */
	  "table inet; chain one hook=input: drop #a; chain two hook=input: reject #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "reject two#b" },
	{ "hooks in their order",
	  "table inet; chain input hook=input: accept #c; chain pre hook=prerouting: accept #b; "
	  "table netdev; chain first hook=ingress on=eth0: accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept first#a pre#b input#c" },
	{ "the way out",
	  "table inet; chain post hook=postrouting: accept #b; chain output hook=output: accept #a; "
	  "chain input hook=input policy=drop; chain forward hook=forward policy=drop; "
	  "table netdev; chain last hook=egress on=eth0: drop #c",
	  "out eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop output#a post#b last#c" },
	{ "the way through",
	  "table inet; chain post hook=postrouting: accept #d; chain output hook=output policy=drop; "
	  "chain input hook=input policy=drop; chain forward hook=forward: accept #c; "
	  "chain pre hook=prerouting: accept #b; "
	  "table netdev; chain last hook=egress on=eth1: accept #e; "
	  "chain first hook=ingress on=eth0: accept #a",
	  "through eth0>eth1 tcp 192.0.2.1:4000 192.0.2.2:22",
	  "accept first#a pre#b forward#c post#d last#e" },
	{ "of other devices",
	  "table netdev; chain first hook=ingress on=eth1 policy=drop; "
	  "chain second hook=ingress on=eth policy=drop; chain last hook=egress on=eth0 policy=drop",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept" },
	{ "one device of several",
	  "table netdev; chain first hook=ingress on=eth0 on=eth1 on=eth2 policy=drop",
	  "in eth1 tcp 192.0.2.1:4000 192.0.2.2:22", "drop first" },
	{ "ingress of inet",
	  "table inet; chain first hook=ingress on=eth0 policy=drop; chain input hook=input",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop first" },
	{ "a dormant table", "table inet dormant; chain input hook=input policy=drop",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept" },
	{ "nat of a new connection", "table inet; chain nat hook=input nat: drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop nat#a" },
	{ "nat of an old one", "table inet; chain nat hook=input nat: drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=established", "accept" },

	/* ---- fields ---- */
	{ "a port", INPUT "tcp.dport=22 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "the port beside", INPUT "tcp.dport=22 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:23", "drop input" },
	{ "the port of the other side", INPUT "tcp.dport=22 accept #a",
	  "in eth0 tcp 192.0.2.1:22 192.0.2.2:4000", "drop input" },
	{ "a source port", INPUT "udp.sport=53 accept #a",
	  "in eth0 udp 192.0.2.1:53 192.0.2.2:4000", "accept input#a" },
	{ "the port of another protocol", INPUT "tcp.dport=22 accept #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "it is not there to differ either", INPUT "~tcp.dport!=22 accept #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:23", "drop input" },
	{ "nor to be in no set", INPUT "~udp.dport!@{22} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:23", "drop input" },
	{ "nor outside a range", INPUT "~udp.dport!=1-22 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:23", "drop input" },
	{ "any transport's port", INPUT "th.dport=22 accept #a",
	  "in eth0 dccp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "ports where there are none", INPUT "th.dport=22 accept #a",
	  "in eth0 gre 192.0.2.1 192.0.2.2", "unknown input#a" },
	{ "and where it makes no difference", INPUT "th.dport=22 drop #a",
	  "in eth0 gre 192.0.2.1 192.0.2.2", "drop input#a input" },
	{ "sctp", INPUT "sctp.dport=2905 accept #a",
	  "in eth0 sctp 192.0.2.1:4000 192.0.2.2:2905", "accept input#a" },
	{ "a protocol", INPUT "meta.l4proto=gre accept #b | meta.l4proto=47 accept #a",
	  "in eth0 gre 192.0.2.1 192.0.2.2", "accept input#a" },
	{ "a family", INPUT "meta.nfproto=ipv6 accept #a",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22", "accept input#a" },
	{ "the other family", INPUT "meta.nfproto=ipv6 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "an ether type", "table netdev; chain in hook=ingress on=eth0 policy=drop: "
	  "meta.protocol=ip6 accept #a | meta.protocol=ip accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept in#b" },
	{ "netdev is a family of its own", "table netdev; chain in hook=ingress on=eth0: "
	  "meta.nfproto=ipv4 drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept in" },
	{ "an address at netdev", "table netdev; chain in hook=ingress on=eth0: "
	  "ip.saddr=192.0.2.1 drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop in#a" },
	{ "an address", INPUT "ip.saddr=192.0.2.2 drop #b | ip.daddr=192.0.2.2 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "an address that differs", INPUT "ip.saddr!=192.0.2.2 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "a prefix", INPUT "ip.saddr=192.0.2.128/25 drop #b | ip.saddr=192.0.2.0/25 accept #a",
	  "in eth0 tcp 192.0.2.127:4000 192.0.2.2:22", "accept input#a" },
	{ "one behind the prefix", INPUT "ip.saddr=192.0.2.0/25 accept #a",
	  "in eth0 tcp 192.0.2.128:4000 192.0.2.2:22", "drop input" },
	{ "not a prefix", INPUT "ip.saddr!=192.0.2.0/25 accept #a",
	  "in eth0 tcp 192.0.2.128:4000 192.0.2.2:22", "accept input#a" },
	{ "the prefix of all", INPUT "ip6.saddr=::/0 accept #a",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22", "accept input#a" },
	{ "a long prefix", INPUT "ip6.saddr=fe80::/10 accept #a",
	  "in eth0 tcp [febf::1]:4000 [2001:db8::2]:22", "accept input#a" },
	{ "past a long prefix", INPUT "ip6.saddr=fe80::/10 accept #a",
	  "in eth0 tcp [fec0::1]:4000 [2001:db8::2]:22", "drop input" },
	{ "the ends of a range", INPUT "ip.saddr=192.0.2.3-192.0.2.9 counter #a | "
	  "ip.daddr=192.0.2.3-192.0.2.9 accept #b",
	  "in eth0 tcp 192.0.2.3:4000 192.0.2.9:22", "accept input#a input#b" },
	{ "before and behind a range", INPUT "ip.saddr=192.0.2.3-192.0.2.9 counter #a | "
	  "ip.daddr=192.0.2.3-192.0.2.9 accept #b",
	  "in eth0 tcp 192.0.2.2:4000 192.0.2.10:22", "drop input" },
	{ "not in a range", INPUT "tcp.dport!=1-1023 accept #a",
	  "in eth0 tcp 192.0.2.2:4000 192.0.2.10:1024", "accept input#a" },
	{ "in it after all", INPUT "tcp.dport!=1-1023 accept #a",
	  "in eth0 tcp 192.0.2.2:4000 192.0.2.10:1023", "drop input" },
	{ "an interface", INPUT "iifname=eth0 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "an interface with a longer name", INPUT "iifname=eth0 accept #a",
	  "in eth01 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "interfaces of a kind", INPUT "iifname=eth* accept #a",
	  "in eth01 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "of another kind", INPUT "iifname=eth* accept #a",
	  "in enp3s0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "the longest name there is", INPUT "iifname=abcdefghijklmno accept #a",
	  "in abcdefghijklmno tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "no interface out on the way in", INPUT "oifname!=eth0 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "nor known before the route", "table inet; chain pre hook=prerouting: "
	  "oifname=eth1 drop #a; chain forward hook=forward: iifname=eth0 oifname=eth1 drop #b",
	  "through eth0>eth1 tcp 192.0.2.1:4000 192.0.2.2:22", "drop pre forward#b" },
	{ "hop limits", INPUT "ip.ttl=1 accept #a | ip6.hoplimit=255 accept #b",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22 hop=255", "accept input#b" },
	{ "hops that are too few", INPUT "ip6.hoplimit=255 accept #b",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22 hop=254", "drop input" },
	{ "a hop taken on the way through",
	  "table inet; chain pre hook=prerouting: ip.ttl=64 counter #a; chain forward hook=forward "
	  "policy=drop: ip.ttl=64 accept #b | ip.ttl=63 accept #c; chain post hook=postrouting: "
	  "ip.ttl=63 counter #d; table netdev; chain last hook=egress on=eth1: ip.ttl=63 drop #e",
	  "through eth0>eth1 tcp 192.0.2.1:4000 192.0.2.2:22 hop=64",
	  "drop pre#a pre forward#c post#d post last#e" },
	{ "types of ICMP", INPUT "icmpv6.type=8 accept #a | icmp.type=8 accept #b",
	  "in eth0 icmp 192.0.2.1 192.0.2.2 type=8", "accept input#b" },
	{ "types of ICMPv6", INPUT "icmp.type=135 accept #a | icmpv6.type@{133,135,136} accept #b",
	  "in eth0 icmpv6 [2001:db8::1] [2001:db8::2] type=135", "accept input#b" },
	{ "ICMP of the wrong family", INPUT "~icmpv6.type=135 accept #a | ~icmp.type=135 accept #b",
	  "in eth0 icmpv6 192.0.2.1 192.0.2.2 type=135", "drop input" },
	{ "a way back", INPUT "fib=0 drop #a | fib=1 accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#b" },
	{ "no way back", INPUT "fib=0 drop #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 no-route", "drop input#a" },
	{ "to everybody", INPUT "meta.pkttype=broadcast accept #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.255:67 cast=1", "accept input#a" },
	{ "to us alone", INPUT "meta.pkttype=broadcast accept #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:67", "drop input" },

	/* ---- states ---- */
	{ "any of some states", INPUT "ct.state&6 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=related", "accept input#a" },
	{ "none of them", INPUT "ct.state&6 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "drop input" },
	{ "one state", INPUT "ct.state=new accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=untracked", "drop input" },
	{ "states as a map", INPUT
	  "ct.state%{invalid>drop,established>accept,related>accept} #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=established",
	  "accept input#a>accept" },
	{ "a state that is not in the map", INPUT
	  "ct.state%{invalid>drop,established>accept,related>accept} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "drop input" },
	{ "before it is tracked", "table inet; chain raw hook=prerouting priority=-300: "
	  "ct.state=invalid drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "drop raw#a" },
	{ "the loopback has tracked it", "table inet; chain raw hook=prerouting priority=-300: "
	  "ct.state=invalid drop #a",
	  "in lo tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "accept raw" },
	{ "as it is tracked", "table inet; chain raw hook=output priority=-200: "
	  "ct.state=invalid drop #a",
	  "out eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "unknown raw#a" },
	{ "once it is tracked", "table inet; chain mangle hook=output priority=-199: "
	  "ct.state=invalid drop #a",
	  "out eth0 tcp 192.0.2.1:4000 192.0.2.2:22 state=new", "accept mangle" },

	/* ---- sets and maps ---- */
	{ "in a set", "table inet; set web tcp.dport: 443 22 80; "
	  "chain input hook=input policy=drop: tcp.dport@web accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "between its elements", "table inet; set web tcp.dport: 443 22 80; "
	  "chain input hook=input policy=drop: tcp.dport@web accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:79", "drop input" },
	{ "not in a set", INPUT "tcp.dport!@{22,80} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:23", "accept input#a" },
	{ "in it after all, a set", INPUT "tcp.dport!@{22,80} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:80", "drop input" },
	{ "an empty set", "table inet; set none tcp.dport:; "
	  "chain input hook=input policy=drop: tcp.dport@none accept #a | tcp.dport!@none accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:80", "accept input#b" },
	{ "intervals of ports", INPUT "tcp.dport@{135,1025-65535} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:65535", "accept input#a" },
	{ "behind an interval", INPUT "tcp.dport@{135,1025-2000,3000} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:2001", "drop input" },
	{ "intervals of addresses",
	  "table inet; set a.4 ip.saddr: 198.51.100.0/24 192.0.2.64-192.0.2.95 203.0.113.9; "
	  "chain input hook=input policy=drop: ip.saddr@a.4 accept #a",
	  "in eth0 tcp 192.0.2.95:4000 192.0.2.2:22", "accept input#a" },
	{ "between intervals",
	  "table inet; set a.4 ip.saddr: 198.51.100.0/24 192.0.2.64-192.0.2.95 203.0.113.9; "
	  "chain input hook=input policy=drop: ip.saddr@a.4 accept #a",
	  "in eth0 tcp 203.0.113.8:4000 192.0.2.2:22", "drop input" },
	{ "before the first", "table inet; set a.4 ip.saddr: 198.51.100.0/24; "
	  "chain input hook=input policy=drop: ip.saddr@a.4 accept #a",
	  "in eth0 tcp 198.51.99.255:4000 192.0.2.2:22", "drop input" },
	{ "a pair", "table inet; set pairs ip.saddr+tcp.dport: 192.0.2.1+22 192.0.2.2+80; "
	  "chain input hook=input policy=drop: ip.saddr+tcp.dport@pairs accept #a",
	  "in eth0 tcp 192.0.2.2:4000 192.0.2.9:80", "accept input#a" },
	{ "half of a pair", "table inet; set pairs ip.saddr+tcp.dport: 192.0.2.1+22 192.0.2.2+80; "
	  "chain input hook=input policy=drop: ip.saddr+tcp.dport@pairs accept #a",
	  "in eth0 tcp 192.0.2.2:4000 192.0.2.9:22", "drop input" },
	{ "a pair of intervals",
	  "table inet; set boxes ip.saddr+tcp.dport: 192.0.2.0/25+20-30 192.0.2.128/25+80; "
	  "chain input hook=input policy=drop: ip.saddr+tcp.dport@boxes accept #a",
	  "in eth0 tcp 192.0.2.127:4000 192.0.2.9:30", "accept input#a" },
	/* between the ends as a whole, but not field by field */
	{ "beside a pair of intervals",
	  "table inet; set boxes ip.saddr+tcp.dport: 192.0.2.0/25+20-30 192.0.2.128/25+80; "
	  "chain input hook=input policy=drop: ip.saddr+tcp.dport@boxes accept #a",
	  "in eth0 tcp 192.0.2.5:4000 192.0.2.9:31", "drop input" },
	{ "three fields, padded", INPUT
	  "meta.l4proto+ip6.saddr+th.dport@{17+2001:db8::1+53,6+2001:db8::1+22} accept #a",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22", "accept input#a" },
	{ "a map of pairs", INPUT "ip.saddr+tcp.dport%{192.0.2.1+22>jump:ssh} #a | drop #b; "
	  "chain ssh: accept #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a>jump ssh#c" },
	{ "a map of intervals", INPUT "tcp.dport%{1-1023>drop,1024-65535>accept} #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:1024", "accept input#a>accept" },
	{ "a map that says to go on", INPUT "tcp.dport%{22>continue} accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "a map of a field that is not there", INPUT "~tcp.dport%{22>accept} #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:22", "drop input" },
	{ "a map of interfaces", "table inet; chain forward hook=forward policy=drop: "
	  "iifname%{eth0>goto:lan,eth1>drop} #a; chain lan: oifname=eth1 accept #b",
	  "through eth0>eth1 tcp 192.0.2.1:4000 192.0.2.2:22",
	  "accept forward#a>goto lan#b" },

	/* ---- limits and rejects ---- */
	{ "within the limit", INPUT "limit accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "not over it", INPUT "limit-over drop #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#b" },
	{ "within a source's limit", "table inet; set seen ip.saddr:; "
	  "chain input hook=input policy=drop: update:seen accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "not over a source's", "table inet; set seen ip.saddr:; "
	  "chain input hook=input policy=drop: update:!seen drop #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#b" },
	{ "a source that is not there", "table inet; set seen ip.saddr:; "
	  "chain input hook=input policy=drop: update:seen accept #a",
	  "in eth0 tcp [2001:db8::1]:4000 [2001:db8::2]:22", "drop input" },
	{ "rejected", INPUT "counter reject #a | accept #b",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:22", "reject input#a" },
	{ "reset", INPUT "meta.l4proto=tcp reset #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "reject input#a" },
	{ "nothing to reset", INPUT "reset #a",
	  "in eth0 udp 192.0.2.1:4000 192.0.2.2:22", "drop input#a" },

	/* ---- what is not understood ---- */
	{ "decided before it", INPUT "accept #a | foreign #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a" },
	{ "not come to", INPUT "tcp.dport=23 foreign accept #a | tcp.dport=22 accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#b" },
	{ "it may accept", INPUT "counter #a | foreign #b | drop #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a input#b" },
	{ "it may drop", INPUT "foreign #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "behind it a verdict", INPUT "foreign accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "dropped whatever it does",
	  "table inet; chain one hook=input: foreign #a; chain two hook=input priority=1 policy=drop",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop one#a one two" },
	{ "rejected, or dropped by it",
	  "table inet; chain one hook=input: foreign #a; chain two hook=input priority=1: reject #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown one#a" },
	{ "the first of several", INPUT "foreign #a | foreign #b | foreign #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "it may return", "table inet; chain input hook=input: jump:more #a | accept #b; "
	  "chain more: foreign #c | drop #d",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a more#c" },
	{ "a set of that kind", "table inet; set odd tcp.dport odd: 23; "
	  "chain input hook=input policy=drop: tcp.dport@odd accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "such a set, and no difference", "table inet; set odd tcp.dport odd: 23; "
	  "chain input hook=input policy=drop: tcp.dport@odd accept #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#a input#b" },
	{ "such a set in a rule that fails", "table inet; set odd tcp.dport odd: 23; "
	  "chain input hook=input policy=drop: tcp.dport@odd iifname=eth1 accept #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "accept input#b" },
	{ "a map of that kind", "table inet; set odd tcp.dport odd: 23>accept; "
	  "chain input hook=input: tcp.dport%odd #a | accept #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "a set made for other fields", "table inet; set odd ip.saddr: 192.0.2.1; "
	  "chain input hook=input policy=drop: tcp.dport@odd accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "bits of a port", INPUT "tcp.dport&1 accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "a base chain of that kind",
	  "table inet; chain odd hook=output foreign; chain input hook=input: accept #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown odd" },
	{ "such a chain, and dropped anyway",
	  "table inet; chain odd hook=output foreign; chain input hook=input: drop #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "drop input#a" },
	{ "a jump into such a chain",
	  "table inet; chain odd foreign: accept #b; chain input hook=input: jump:odd #a",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22", "unknown input#a" },
	{ "a loop", INPUT "jump:one #a; chain one: jump:two #b; chain two: jump:one #c",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22",
	  "unknown input#a one#b two#c one#b two#c one#b two#c one#b two#c one#b two#c one#b "
	  "two#c one#b two#c one#b two#c" },
	{ "a loop of gotos", INPUT "goto:one #a; chain one: goto:one #b",
	  "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22",
	  "unknown input#a one#b one#b one#b one#b one#b one#b one#b one#b one#b one#b one#b one#b "
	  "one#b one#b one#b one#b" },
};
/* clang-format on */

static struct arena *arena;

static int arena_begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void print_passage(const struct passage *passage, struct buffer *out)
{
	buffer_format(out, " %s", passage->chain->name);
	if (passage->rule)
		buffer_format(out, "#%s", passage->rule->comment);
	if (passage->element)
		buffer_format(out, ">%s", verdict_names[passage->element->verdict]);
}

static const char *text_of(const struct evaluation *evaluation)
{
	struct buffer out AUTO_BUFFER = { 0 };

	buffer_text(&out, outcome_names[evaluation->outcome]);
	for (size_t i = 0; i < evaluation->passages.count; i++)
		print_passage(&evaluation->passages.items[i], &out);
	return arena_string(arena, out.data);
}

static void does_to_the_packet(void **state)
{
	const struct packet_case *c = *state;
	const struct ruleset *ruleset = model_ruleset(arena, c->rules);
	struct packet packet = model_packet(arena, c->packet);
	struct evaluation evaluation;

	evaluate(arena, ruleset, &packet, &evaluation);
	assert_string_equal(text_of(&evaluation), c->expected);

	/* the decider is the last; none when no base chain is on the way */
	const struct passage *last =
		evaluation.passages.count
			? &evaluation.passages.items[evaluation.passages.count - 1]
			: &(struct passage){ 0 };

	assert_memory_equal(&evaluation.decider, last, sizeof(*last));
}

/* Each chain jumps twice to the next: the kernel would take 2^15 steps, and we too. */
static const struct ruleset *doubling(const char *jumps)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "table inet; chain input hook=input: jump:c0 #a");
	for (int i = 0; i < 15; i++) {
		buffer_format(&text, "; chain c%d: ", i);
		for (const char *jump = jumps; i < 14 && *jump; jump++)
			buffer_format(&text, "jump:c%d #b |", i + 1);
		buffer_text(&text, "counter #c");
	}
	return model_ruleset(arena, text.data);
}

static void jumps_are_counted(void **state)
{
	struct packet packet =
		model_packet(arena, "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22");
	struct evaluation evaluation;

	(void)state;
	evaluate(arena, doubling("**"), &packet, &evaluation);
	assert_int_equal(evaluation.outcome, OUTCOME_ACCEPT);
	assert_int_equal(evaluation.passages.count, 2 * ((1 << 15) - 1) + 1);

	/* 3^14 are too many to go on with */
	evaluate(arena, doubling("***"), &packet, &evaluation);
	assert_int_equal(evaluation.outcome, OUTCOME_UNKNOWN);
	assert_string_equal(evaluation.decider.rule->comment, "b");
}

/* More rules than the walk has room for by itself. */
static void all_passages_are_kept(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct packet packet =
		model_packet(arena, "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22");
	struct evaluation evaluation;

	(void)state;
	buffer_text(&text, "table inet; chain input hook=input policy=drop: ");
	for (int i = 0; i < 100; i++)
		buffer_format(&text, "counter #%d|", i);

	const struct ruleset *ruleset = model_ruleset(arena, text.data);

	evaluate(arena, ruleset, &packet, &evaluation);
	assert_int_equal(evaluation.passages.count, 101);
	for (size_t i = 0; i < 100; i++)
		assert_ptr_equal(evaluation.passages.items[i].rule,
				 &ruleset->tables->chains->rules[i]);
	assert_null(evaluation.decider.rule);
}

/* More base chains on one hook than there is room for likewise. */
static void all_base_chains_are_met(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct packet packet =
		model_packet(arena, "in eth0 tcp 192.0.2.1:4000 192.0.2.2:22");
	struct evaluation evaluation;

	(void)state;
	buffer_text(&text, "table inet");
	for (int i = 0; i < 100; i++)
		buffer_format(&text, "; chain c%d hook=input priority=%d", i, 99 - i);

	const struct ruleset *ruleset = model_ruleset(arena, text.data);

	evaluate(arena, ruleset, &packet, &evaluation);
	assert_int_equal(evaluation.outcome, OUTCOME_ACCEPT);
	assert_int_equal(evaluation.passages.count, 100);
	for (size_t i = 0; i < 100; i++)
		assert_ptr_equal(evaluation.passages.items[i].chain,
				 &ruleset->tables->chains[99 - i]);
}

enum { FIXED_TESTS = 3 };

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(packet_cases) + FIXED_TESTS] = {
		cmocka_unit_test_setup_teardown(jumps_are_counted, arena_begin,
						arena_end),
		cmocka_unit_test_setup_teardown(all_passages_are_kept, arena_begin,
						arena_end),
		cmocka_unit_test_setup_teardown(all_base_chains_are_met, arena_begin,
						arena_end),
	};

	for (size_t i = 0; i < COUNT_OF(packet_cases); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = packet_cases[i].name,
			.test_func = does_to_the_packet,
			.setup_func = arena_begin,
			.teardown_func = arena_end,
			.initial_state = &packet_cases[i],
		};
	return cmocka_run_group_tests_name("evaluate", tests, NULL, NULL);
}
