"""Domains of providers that give mailboxes to everybody: none of them makes a colleague (COL-4)."""

# SIM905: as lists these would take a line for each domain.
FREE_MAIL_DOMAINS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com windowslive.com
    yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com verizon.net icloud.com me.com mac.com
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.com tuta.io
    keemail.me gmx.com gmx.us mail.com email.com usa.com consultant.com engineer.com post.com europe.com
    fastmail.com fastmail.fm zoho.com zohomail.com hushmail.com inbox.com mailfence.com disroot.org
    riseup.net posteo.net startmail.com hey.com lycos.com rediffmail.com duck.com mozmail.com
    yahoo.co.jp ymail.ne.jp ybb.ne.jp outlook.jp hotmail.co.jp live.jp goo.jp goo.ne.jp mail.goo.ne.jp
    excite.co.jp infoseek.jp rakuten.jp inter7.jp docomo.ne.jp ezweb.ne.jp au.com auone.jp auone-net.jp
    softbank.ne.jp i.softbank.jp vodafone.ne.jp d.vodafone.ne.jp t.vodafone.ne.jp c.vodafone.ne.jp
    k.vodafone.ne.jp r.vodafone.ne.jp disney.ne.jp willcom.com pdx.ne.jp emnet.ne.jp ymobile1.ne.jp
    ymobile.ne.jp rakumail.jp uqmobile.jp nifty.com nifty.ne.jp biglobe.ne.jp so-net.ne.jp ocn.ne.jp
    plala.or.jp dion.ne.jp jcom.home.ne.jp jcom.zaq.ne.jp asahi-net.or.jp hi-ho.ne.jp odn.ne.jp
    odn.ad.jp wakwak.com tcp-ip.or.jp sannet.ne.jp eonet.ne.jp mopera.net commufa.jp tees.jp bbiq.jp
    kcn.ne.jp dti.ne.jp qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com yeah.net sina.com
    sina.cn vip.sina.com sohu.com tom.com 21cn.com 139.com 189.cn wo.cn aliyun.com yahoo.com.tw
    yahoo.com.hk hinet.net msa.hinet.net pchome.com.tw seed.net.tw naver.com hanmail.net daum.net
    kakao.com nate.com yahoo.co.in yahoo.in yahoo.co.id yahoo.com.sg yahoo.com.ph yahoo.com.vn
    yahoo.com.au yahoo.co.nz yahoo.co.th outlook.in outlook.kr outlook.sg hotmail.com.tw live.com.au
    bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz yahoo.co.uk yahoo.fr yahoo.de yahoo.it
    yahoo.es yahoo.ie yahoo.gr yahoo.pl yahoo.se hotmail.co.uk hotmail.fr hotmail.de hotmail.it
    hotmail.es hotmail.nl hotmail.be outlook.fr outlook.de outlook.es outlook.it live.co.uk live.fr
    live.de live.it live.nl live.be gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de
    posteo.de mailbox.org bluewin.ch orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr
    btinternet.com virginmedia.com sky.com talktalk.net blueyonder.co.uk ntlworld.com libero.it
    virgilio.it tiscali.it alice.it tin.it ziggo.nl kpnmail.nl telenet.be skynet.be mail.ru bk.ru
    list.ru inbox.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua wp.pl o2.pl onet.pl
    interia.pl seznam.cz centrum.cz email.cz abv.bg freemail.hu citromail.hu comcast.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com netzero.net shaw.ca
    rogers.com sympatico.ca telus.net yahoo.ca hotmail.ca live.ca yahoo.com.br yahoo.com.mx yahoo.com.ar
    hotmail.com.br outlook.com.br uol.com.br bol.com.br terra.com.br ig.com.br live.com.mx t-com.ne.jp
    mail.de email.de
    """.split()  # noqa: SIM905
)

FREE_MAIL_PARENTS = frozenset(
    """
    ocn.ne.jp dion.ne.jp biglobe.ne.jp so-net.ne.jp plala.or.jp odn.ne.jp hi-ho.ne.jp asahi-net.or.jp
    wakwak.com eonet.ne.jp zaq.ne.jp home.ne.jp dti.ne.jp sannet.ne.jp commufa.jp bbiq.jp t-com.ne.jp
    kcn.ne.jp vodafone.ne.jp pdx.ne.jp hinet.net
    """.split()  # noqa: SIM905
)
"""Access providers that spread their customers over sub-domains ("cap.ocn.ne.jp")."""
