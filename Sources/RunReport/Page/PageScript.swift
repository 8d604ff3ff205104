/// What a report is not legible without: nothing. It shows values under the pointer, and a page that a trainer serves looks for a newer one.
enum PageScript {
    static let javaScript: HTML = #"""
        (()=>{
        'use strict';
        let tip,rule;
        const clear=()=>{if(tip){tip.remove();tip=null}if(rule){rule.remove();rule=null}};
        const numbers=text=>text.split(' ').map(Number);
        const points=line=>line.drawn||(line.drawn=line.getAttribute('points').split(' ').map(p=>p.split(',').map(Number)));
        const short=v=>{const a=Math.abs(v);return a===0?'0':a<1e-3?v.toExponential(1):a<10?v.toFixed(3):a<100?v.toFixed(1):Math.round(v).toLocaleString('en')};
        const said=(v,f)=>f==='percent'?(100*v).toFixed(1)+'%':f==='seconds'?short(v)+' s':short(v);
        document.addEventListener('pointermove',event=>{
          const plot=event.target.closest&&event.target.closest('svg.plot');
          clear();
          if(!plot)return;
          const [left,top,width,height]=numbers(plot.dataset.frame),[x0,x1]=numbers(plot.dataset.x),[y0,y1]=numbers(plot.dataset.y);
          const box=plot.getBoundingClientRect(),scale=plot.viewBox.baseVal.width/box.width;
          const at=(event.clientX-box.left)*scale-left;
          const found=new Map();
          for(const line of plot.querySelectorAll('polyline.line')){
            for(const point of points(line)){
              const far=Math.abs(point[0]-at),known=found.get(line.dataset.label);
              if(far<12&&(!known||far<known.far))found.set(line.dataset.label,{far,point});
            }
          }
          if(!found.size)return;
          const nearest=[...found.values()].reduce((a,b)=>a.far<=b.far?a:b).point[0];
          rule=document.createElementNS('http://www.w3.org/2000/svg','line');
          for(const [name,value] of [['class','rule'],['x1',left+nearest],['x2',left+nearest],['y1',top],['y2',top+height]])rule.setAttribute(name,value);
          plot.append(rule);
          tip=document.createElement('div');
          tip.className='tip';
          const row=(name,value)=>{const line=document.createElement('div');for(const text of [name,value]){const cell=document.createElement('span');cell.textContent=text;line.append(cell)}tip.append(line)};
          row('step',Math.round(x0+nearest/width*(x1-x0)).toLocaleString('en'));
          for(const [label,{point}] of found){
            const share=1-point[1]/height;
            row(label,said(plot.dataset.log==='1'?y0*Math.pow(y1/y0,share):y0+share*(y1-y0),plot.dataset.format));
          }
          const figure=plot.closest('figure'),outer=figure.getBoundingClientRect();
          figure.append(tip);
          const place=box.left-outer.left+(left+nearest)/scale;
          tip.style.left=Math.max(4,Math.min(outer.width-tip.offsetWidth-4,place<outer.width/2?place+10:place-tip.offsetWidth-10))+'px';
          tip.style.top=(box.top-outer.top+top/scale)+'px';
        });
        document.addEventListener('pointerleave',clear);
        if(!document.body.dataset.live)return;
        let tag='';
        const stale=text=>{
          let note=document.querySelector('.stale');
          if(!text){if(note)note.remove();return}
          if(!note){note=document.createElement('p');note.className='stale';document.querySelector('main').append(note)}
          note.textContent=text;
        };
        const look=async()=>{
          if(document.hidden)return;
          try{
            const answer=await fetch(location.href,{headers:tag?{'if-none-match':tag}:{},cache:'no-store'});
            if(answer.status===304){stale('');return}
            if(!answer.ok)throw new Error();
            tag=answer.headers.get('etag')||'';
            const next=new DOMParser().parseFromString(await answer.text(),'text/html'),old=document.querySelector('main'),fresh=next.querySelector('main');
            const open=new Set([...old.querySelectorAll('details[open][id]')].map(d=>d.id));
            for(const d of fresh.querySelectorAll('details[id]'))if(open.has(d.id))d.open=true;
            // A section that somebody is reading in stays as it is.
            for(const section of old.querySelectorAll('section[id]')){
              if(!section.querySelector('details[open]:not([id])'))continue;
              const same=fresh.querySelector('#'+section.id);
              if(same)same.replaceWith(section);
            }
            document.title=next.title;
            clear();
            old.replaceWith(document.adoptNode(fresh));
          }catch{stale('The trainer no longer answers: it has ended, or it was stopped. This is the last that it showed; report.html in the run directory has the rest.')}
        };
        setInterval(look,3000);
        })();
        """#
}
